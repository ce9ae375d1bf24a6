"use strict";
(() => {
  // A finding is [host, check, status, turn, reason, waiver, rule, outcome, shown, rule, outcome, shown, ...]: numbers.
  const report = JSON.parse(document.getElementById("report").textContent);
  const { checks, findings, hosts, texts, turns, unreachable, waivers } = report;
  const policies = new Map(report.policies);
  const HOST = 0, CHECK = 1, STATUS = 2, TURN = 3, REASON = 4, WAIVER = 5, EVIDENCE = 6;
  const FAIL = 0, UNKNOWN = 1, PASS = 2, NA = 3, WAIVED = 4;
  const KINDS = ["fail", "unknown", "pass", "na", "waived"];
  const STATUS_NAMES = ["Fail", "Not assessed", "Pass", "Not applicable", "Fail, waived"];
  const ORDER = [0, 2, 4, 3, 1]; // of statuses in a list: fail, not assessed, waived, pass, not applicable
  const SEVERITIES = ["Critical", "High", "Medium", "Low", "Info"];
  const TURN_KINDS = { "newly failing": "bad", "newly passing": "good", "no longer assessed": "fair", "new": "", "changed": "" };
  const ROWS = 100, INSIDE = 50, PRINTED = 3000;

  const byId = (id) => document.getElementById(id);
  const number = (value) => value.toLocaleString("en");

  // An element; whatever is text becomes a text node, never markup.
  function make(name, attributes, ...inside) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes || {})) {
      if (key === "onclick") made.addEventListener("click", value);
      else if (value !== undefined && value !== false) made.setAttribute(key, value === true ? "" : value);
    }
    for (const part of inside.flat()) if (part !== null && part !== undefined) made.append(part);
    return made;
  }

  function widen(bar) {
    for (const part of bar.children) part.style.flexGrow = part.dataset.n;
    return bar;
  }

  function barOf(counts) {
    const bar = make("span", { class: "bar", "aria-hidden": "true" });
    for (const status of [FAIL, WAIVED, UNKNOWN, PASS, NA])
      if (counts[status]) bar.append(make("i", { class: KINDS[status], "data-n": String(counts[status]) }));
    return widen(bar);
  }

  function tallyOf(counts) {
    const names = [[FAIL, "fail"], [WAIVED, "waived"], [UNKNOWN, "not assessed"], [PASS, "pass"], [NA, "n/a"]];
    return make("span", { class: "tally" }, names.map(([status, name]) => counts[status]
      ? make("span", { class: KINDS[status] }, make("b", {}, number(counts[status])), " " + name) : make("span", {})));
  }

  const score = (counts) => {
    const decided = counts[PASS] + counts[FAIL] + counts[WAIVED];
    return decided ? Math.floor(100 * counts[PASS] / decided) : null;
  };
  const grade = (points) => points === null ? "" : points >= 90 ? "good" : points >= 70 ? "fair" : "bad";

  // ---- what is chosen
  const chosen = { view: "checks", text: "", host: "", policy: "", turn: "", status: new Set(), severity: new Set() };
  const lowTexts = texts.map((text) => text.toLowerCase());
  const lowHosts = hosts.map((host) => host.toLowerCase());
  const lowChecks = checks.map((check) => [check.id, check.title, policies.get(check.policy) || check.policy,
    ...Object.entries(check.compliance).flatMap(([name, numbers]) => numbers.map((each) => name + " " + each)),
  ].join("\n").toLowerCase());

  function choose() {
    const words = chosen.text.toLowerCase().split(/\s+/).filter(Boolean);
    const inTexts = words.map((word) => lowTexts.map((text) => text.includes(word)));
    const inHosts = words.map((word) => lowHosts.map((host) => host.includes(word)));
    const inChecks = words.map((word) => lowChecks.map((check) => check.includes(word)));
    const host = chosen.host === "" ? -1 : hosts.indexOf(chosen.host);
    const allowed = checks.map((check) => (!chosen.policy || check.policy === chosen.policy) &&
      (!chosen.severity.size || chosen.severity.has(String(check.severity))));
    const holds = (finding, word) => {
      if (inChecks[word][finding[CHECK]] || inHosts[word][finding[HOST]]) return true;
      for (let at = REASON; at < finding.length; at++) if (inTexts[word][finding[at]]) return true;
      return false;
    };
    return findings.filter((finding) => allowed[finding[CHECK]] && (host < 0 || finding[HOST] === host) &&
      (!chosen.status.size || chosen.status.has(String(finding[STATUS]))) &&
      (!chosen.turn || (chosen.turn === "*" ? turns[finding[TURN]] !== "same" : turns[finding[TURN]] === chosen.turn)) &&
      words.every((_, word) => holds(finding, word)));
  }

  function grouped(found, by) {
    const groups = new Map();
    for (const finding of found) {
      let group = groups.get(finding[by]);
      if (!group) groups.set(finding[by], group = { key: finding[by], counts: [0, 0, 0, 0, 0], findings: [] });
      group.counts[finding[STATUS]]++;
      group.findings.push(finding);
    }
    return [...groups.values()];
  }

  // ---- rows
  let names = 0;
  function row(kind, head, fill) {
    const id = "row" + names++;
    const button = make("button", { type: "button", class: "open", "aria-expanded": "false", "aria-controls": id }, head);
    const made = make("div", { class: kind }, button);
    made.toggle = (open) => {
      const inside = made.querySelector(":scope > [id]");
      if (open && !inside) made.append(fill(id));
      else if (inside) inside.hidden = !open;
      button.setAttribute("aria-expanded", String(open));
    };
    button.addEventListener("click", () => made.toggle(button.getAttribute("aria-expanded") !== "true"));
    return made;
  }

  // As many rows as are looked at; the rest behind a button.
  function fillList(list, items, step, draw) {
    let shown = 0;
    const more = make("button", { type: "button", class: "more", onclick: () => draw1(step) });
    function draw1(many) {
      const part = document.createDocumentFragment();
      for (const item of items.slice(shown, shown + many)) part.append(draw(item));
      shown = Math.min(items.length, shown + many);
      list.insertBefore(part, more.parentNode === list ? more : null);
      if (shown >= items.length) more.remove();
      else {
        more.textContent = "Show " + number(Math.min(step, items.length - shown)) + " more of " + number(items.length - shown);
        list.append(more);
      }
    }
    list.drawAll = () => draw1(items.length);
    draw1(step);
    return list;
  }

  function said(finding) {
    if (finding[REASON]) return texts[finding[REASON]];
    for (let at = EVIDENCE; at < finding.length; at += 3) if (finding[at + 2]) return texts[finding[at + 2]];
    return finding.length > EVIDENCE ? texts[finding[EVIDENCE + 1]] + ": " + texts[finding[EVIDENCE]] : "";
  }

  function turn(finding) {
    const name = turns[finding[TURN]];
    return name === "same" ? make("span", {}) : make("span", { class: "turn " + (TURN_KINDS[name] || "") }, name);
  }

  function proof(id, finding, check) {
    const box = make("div", { class: "proof", id });
    if (finding[REASON]) box.append(make("p", {}, make("b", {}, STATUS_NAMES[finding[STATUS]] + ": "), texts[finding[REASON]]));
    if (finding[WAIVER]) {
      const name = texts[finding[WAIVER]], waiver = waivers[name];
      box.append(make("p", {}, make("b", {}, "Waiver " + name + ": "), waiver
        ? waiver[0] + " (owner " + waiver[1] + ", approved by " + waiver[2] + ", until " + waiver[3] + (waiver[4] ? ", " + waiver[4] : "") + ")"
        : "not in the list of waivers"));
    }
    const rows = [];
    for (let at = EVIDENCE; at < finding.length; at += 3)
      rows.push(make("tr", {}, make("td", {}, texts[finding[at + 1]]), make("td", {}, texts[finding[at]]), make("td", {}, texts[finding[at + 2]])));
    if (rows.length) box.append(make("table", {}, make("thead", {}, make("tr", {}, ["Outcome", "Rule", "Shown"].map((name) =>
      make("th", { scope: "col" }, name)))), make("tbody", {}, rows)));
    else if (!finding[REASON]) box.append(make("p", { class: "muted" }, "There is no evidence."));
    if (check) box.append(about(check));
    return box;
  }

  function findingRow(finding, hostly) {
    const check = checks[finding[CHECK]];
    const name = hostly ? check.id + " " + check.title : hosts[finding[HOST]];
    return row("finding", [
      make("span", { class: "badge " + KINDS[finding[STATUS]] }, STATUS_NAMES[finding[STATUS]]),
      make("span", {}, name), make("span", { class: "said" }, said(finding).slice(0, 300)), turn(finding),
    ], (id) => proof(id, finding, hostly ? check : null));
  }

  const byStatus = (one, other) => ORDER[one[STATUS]] - ORDER[other[STATUS]] ||
    checks[one[CHECK]].severity - checks[other[CHECK]].severity;

  function listOf(group, hostly) {
    return fillList(make("div", { class: "list" }), [...group.findings].sort(byStatus), INSIDE, (finding) => findingRow(finding, hostly));
  }

  function about(check) {
    const part = (title, ...inside) => make("section", {}, make("h3", {}, title), ...inside);
    const left = make("div", {}), right = make("div", {});
    const paragraphs = [["Description", "description"], ["Rationale", "rationale"], ["Remediation", "remediation"]];
    for (const [title, key] of paragraphs) if (check[key]) left.append(part(title, make("p", {}, check[key])));
    if (check.snippet) {
      const copy = navigator.clipboard && make("button", { type: "button", class: "copy", onclick: (event) =>
        navigator.clipboard.writeText(check.snippet).then(() => { event.target.textContent = "Copied"; }, () => {}) }, "Copy");
      left.append(part("Commands", make("pre", {}, copy, check.snippet)));
    }
    const tags = Object.entries(check.compliance).flatMap(([name, numbers]) =>
      numbers.map((each) => make("span", { class: "tag" }, make("b", {}, name), " " + each)));
    if (tags.length) right.append(part("Compliance", make("div", { class: "tags" }, tags)));
    if (check.impact) right.append(part("Impact", make("p", {}, check.impact)));
    if (check.references && check.references.length) right.append(part("References", make("ul", {}, check.references.map(([text, address]) =>
      make("li", {}, address ? make("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, text) : text)))));
    right.append(part("Policy", make("p", {}, (policies.get(check.policy) || check.policy) + " · " + check.id)));
    return make("div", { class: left.childNodes.length ? "about" : "about single" }, left.childNodes.length ? left : null, right);
  }

  function checkRow(group) {
    const check = checks[group.key];
    return row("row check", [
      make("span", { class: "badge sev" + check.severity }, SEVERITIES[check.severity]),
      make("span", { class: "name" }, check.title, make("small", {}, check.id + (policies.size > 1 ? " · " + (policies.get(check.policy) || check.policy) : ""))),
      barOf(group.counts), tallyOf(group.counts),
    ], (id) => make("div", { class: "inside", id }, about(check), listOf(group, false)));
  }

  function policyScores(group) {
    const counts = new Map();
    for (const finding of group.findings) {
      const policy = checks[finding[CHECK]].policy;
      if (!counts.has(policy)) counts.set(policy, [0, 0, 0, 0, 0]);
      counts.get(policy)[finding[STATUS]]++;
    }
    return [...counts].map(([policy, own]) => {
      const points = score(own);
      return (policies.get(policy) || policy) + " " + (points === null ? "\u2013" : points + " %");
    }).join(" \u00b7 ");
  }

  function hostRow(group) {
    const points = score(group.counts), name = hosts[group.key], lost = unreachable[name];
    return row("row host", [
      make("b", { class: grade(points) }, points === null ? "\u2013" : points + " %"),
      make("span", { class: "name" }, name, make("small", {}, lost === undefined ? policyScores(group) : "not reached: " + lost)),
      barOf(group.counts),
      group.findings.length ? tallyOf(group.counts) : make("span", { class: "tally" }, make("span", { class: "badge unknown" }, "Not assessed")),
    ], (id) => make("div", { class: "inside hostly", id },
      group.findings.length ? listOf(group, true) : make("p", {}, "Nothing is known of this host: " + (lost || "it was not reached") + ".")));
  }

  // ---- the page
  const lists = { checks: byId("checks").firstElementChild, hosts: byId("hosts").firstElementChild };
  const worst = (one, other) => other.counts[FAIL] * 8 ** (4 - checks[other.key].severity) - one.counts[FAIL] * 8 ** (4 - checks[one.key].severity) ||
    other.counts[UNKNOWN] - one.counts[UNKNOWN] || other.counts[WAIVED] - one.counts[WAIVED] || one.key - other.key;
  const weakest = (one, other) => (score(one.counts) ?? -1) - (score(other.counts) ?? -1) || one.key - other.key;

  function lostHosts(seen) {
    const filtered = chosen.policy || chosen.turn || chosen.severity.size || (chosen.status.size && !chosen.status.has(String(UNKNOWN)));
    const words = chosen.text.toLowerCase().split(/\s+/).filter(Boolean);
    if (filtered) return [];
    return hosts.map((name, key) => ({ key, counts: [0, 0, 0, 0, 0], findings: [] })).filter(({ key }) =>
      unreachable[hosts[key]] !== undefined && !seen.has(key) && (!chosen.host || chosen.host === hosts[key]) &&
      words.every((word) => (lowHosts[key] + "\n" + unreachable[hosts[key]].toLowerCase()).includes(word)));
  }

  function draw() {
    const found = choose();
    const byCheck = grouped(found, CHECK).sort(worst);
    const byHost = grouped(found, HOST);
    byHost.push(...lostHosts(new Set(findings.map((finding) => finding[HOST]))));
    byHost.sort(weakest);
    const many = (count, name) => number(count) + " " + name + (count === 1 ? "" : "s");
    for (const [view, groups, drawRow] of [["checks", byCheck, checkRow], ["hosts", byHost, hostRow]]) {
      lists[view].replaceChildren();
      if (groups.length) fillList(lists[view], groups, ROWS, drawRow);
      else lists[view].append(make("p", { class: "card none" }, "Nothing matches these filters."));
    }
    const all = found.length === findings.length ? "" : number(found.length) + " of ";
    byId("shown").textContent = all + [many(findings.length, "finding"), many(byCheck.length, "check"), many(byHost.length, "host")].join(" \u00b7 ");
    byId("tab-checks").textContent = "Checks (" + number(byCheck.length) + ")";
    byId("tab-hosts").textContent = "Hosts (" + number(byHost.length) + ")";
  }

  function show(view, focus) {
    chosen.view = view;
    for (const tab of document.querySelectorAll("[role=tab]")) {
      const mine = tab.id === "tab-" + view;
      tab.setAttribute("aria-selected", String(mine));
      tab.tabIndex = mine ? 0 : -1;
      byId(tab.getAttribute("aria-controls")).hidden = !mine;
      if (mine && focus) tab.focus();
    }
    for (const part of document.querySelectorAll(".choices, .rows, #shown")) part.hidden = view === "waivers";
  }

  function reflect() {
    byId("text").value = chosen.text;
    for (const key of ["host", "policy", "turn"]) byId(key).value = chosen[key];
    for (const chip of document.querySelectorAll(".chip"))
      chip.setAttribute("aria-pressed", String(chosen[chip.dataset.chip].has(chip.dataset.value)));
  }

  // The address keeps what is chosen, so that it can be passed on.
  let own = "";
  function remember() {
    const kept = new URLSearchParams();
    for (const key of ["text", "host", "policy", "turn"]) if (chosen[key]) kept.set(key, chosen[key]);
    for (const key of ["status", "severity"]) if (chosen[key].size) kept.set(key, [...chosen[key]].join("."));
    if (chosen.view !== "checks") kept.set("view", chosen.view);
    own = String(kept); // an empty fragment reads back as no fragment, so they are compared without their sign
    if (location.hash.slice(1) !== own) location.replace("#" + own);
  }

  function recall() {
    const kept = new URLSearchParams(location.hash.slice(1));
    for (const key of ["text", "host", "policy", "turn"]) chosen[key] = kept.get(key) || "";
    for (const key of ["status", "severity"]) chosen[key] = new Set((kept.get(key) || "").split(".").filter((each) => /^[0-4]$/.test(each)));
    const view = kept.get("view");
    show(["hosts", "waivers"].includes(view) ? view : "checks");
    reflect();
    draw();
  }

  function changed() { reflect(); draw(); remember(); }

  for (const key of ["host", "policy", "turn"])
    byId(key).addEventListener("change", (event) => { chosen[key] = event.target.value; changed(); });
  // the list of changes offers each of them
  for (const name of turns) if (name !== "same") byId("turn").append(make("option", { value: name }, name));
  let waiting = 0;
  byId("text").addEventListener("input", (event) => {
    clearTimeout(waiting);
    waiting = setTimeout(() => { chosen.text = event.target.value.trim(); draw(); remember(); }, 120);
  });
  function only(changes) {
    Object.assign(chosen, { text: "", host: "", policy: "", turn: "", status: new Set(), severity: new Set() }, changes);
    if (chosen.view === "waivers") show("checks");
    changed();
  }
  byId("reset").addEventListener("click", () => only({}));
  document.addEventListener("click", (event) => {
    const button = event.target.closest(".chip, .tile, .change, .severity");
    if (!button) return;
    if (button.dataset.chip) {
      const set = chosen[button.dataset.chip];
      if (!set.delete(button.dataset.value)) set.add(button.dataset.value);
      changed();
      return;
    }
    if (button.dataset.severity) only({ status: new Set([String(FAIL)]), severity: new Set([button.dataset.severity]) });
    else only(button.dataset.status ? { status: new Set([button.dataset.status]) } : { turn: button.dataset.turn });
    byId("findings").scrollIntoView({ block: "start" });
  });
  document.querySelector("[role=tablist]").addEventListener("click", (event) => {
    if (event.target.matches("[role=tab]")) { show(event.target.getAttribute("aria-controls")); remember(); }
  });
  document.querySelector("[role=tablist]").addEventListener("keydown", (event) => {
    const tabs = [...document.querySelectorAll("[role=tab]")], at = tabs.indexOf(event.target);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    show(tabs[(to + tabs.length) % tabs.length].getAttribute("aria-controls"), true);
    remember();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !event.target.closest("input, select")) { event.preventDefault(); byId("text").focus(); }
  });
  addEventListener("hashchange", () => { if (location.hash.slice(1) !== own) recall(); });

  function filterWords() {
    const words = ["text", "host", "policy"].filter((key) => chosen[key]).map((key) => key + " " + chosen[key]);
    if (chosen.turn) words.push(chosen.turn === "*" ? "changed" : chosen.turn);
    if (chosen.status.size) words.push([...chosen.status].map((each) => STATUS_NAMES[each].toLowerCase()).join(" or "));
    if (chosen.severity.size) words.push([...chosen.severity].map((each) => SEVERITIES[each].toLowerCase()).join(" or "));
    return words.length ? "Checks and hosts are filtered: " + words.join("; ") + ". " : "";
  }

  // On paper: every check that did not pass somewhere with all there is to know, as far as the filters let it through.
  addEventListener("beforeprint", () => {
    const left = { findings: PRINTED };
    const found = choose().filter((finding) => finding[STATUS] !== PASS && finding[STATUS] !== NA);
    lists.checks.replaceChildren();
    for (const group of grouped(found, CHECK).sort(worst)) {
      const made = checkRow(group);
      lists.checks.append(made);
      if (left.findings <= 0) continue;
      left.findings -= group.findings.length;
      made.toggle(true);
      const list = made.querySelector(".list");
      if (list.drawAll) list.drawAll();
      for (const each of list.querySelectorAll(".finding")) each.toggle(true);
    }
    lists.checks.prepend(make("p", { class: "muted" }, filterWords() + (found.length
      ? number(found.length) + (found.length === 1 ? " finding" : " findings") + " that did not pass" + (left.findings <= 0 && found.length > PRINTED
        ? "; evidence is printed for the worst checks only. Filter to print the rest." : ".") : "Everything that was chosen passes.")));
    if (lists.hosts.drawAll) lists.hosts.drawAll();
  });
  addEventListener("afterprint", draw);

  for (const bar of document.querySelectorAll(".bar")) widen(bar);
  recall();
})();
