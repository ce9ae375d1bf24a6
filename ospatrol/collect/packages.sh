# Tells what the package database knows; only reads. Runs on any POSIX sh. Wants LC_ALL=C.
#
# Words: root=DIRECTORY.
#
# Says first KEY=VALUE lines and NUL, then dpkg's diversions and NUL. Then it answers requests, each a line
# `VERB BYTES` and so many bytes; an answer ends with NUL NUL NUL E.
root=''
for word do
  case $word in
  root=*) root=${word#root=} ;;
  esac
done

system=none admin='' diversions=''
if [ -s "$root/var/lib/dpkg/status" ]; then
  system=dpkg admin=$root/var/lib/dpkg
  [ ! -s "$admin/diversions" ] || diversions=$(cat "$admin/diversions")
else
  for place in usr/lib/sysimage/rpm var/lib/rpm; do
    for file in rpmdb.sqlite Packages.db Packages; do
      if [ "$system" = none ] && [ -s "$root/$place/$file" ]; then
        system=rpm admin=$root/$place
      fi
    done
  done
fi
notes=''
for name in bin sbin lib lib32 lib64 libx32 libo32; do
  if [ -h "$root/$name" ]; then
    notes="${notes}alias=/$name=$(readlink "$root/$name")
"
  fi
done
[ "$system" != rpm ] || command -v rpm >/dev/null || notes="${notes}missing=rpm
"

# Requests come one at a time, so it does no harm where head reads more than it gives.
take() {
  head -c "$1" 2>/dev/null || dd bs=1 count="$1" 2>/dev/null
}

query() {
  if [ "$root" ]; then rpm --dbpath "$admin" "$@"; else rpm "$@"; fi 2>/dev/null
}

# PACKAGE <TAB> VERSION, of all whose files are there.
versions() {
  case $system in
  dpkg) awk '
    function tell() {
      if (name != "" && state != "not-installed" && state != "config-files")
        print name (multi == "same" ? ":" arch : "") "\t" version
      name = ""; state = ""; arch = ""; multi = ""; version = ""
    }
    /^Package: / { tell(); name = $2 }
    /^Status: / { state = $4 }
    /^Architecture: / { arch = $2 }
    /^Multi-Arch: / { multi = $2 }
    /^Version: / { version = $2 }
    END { tell() }' "$admin/status" ;;
  rpm) query -qa --qf '%{NAME}.%{ARCH}\t%|EPOCH?{%{EPOCH}:}|%{VERSION}-%{RELEASE}\n' ;;
  esac
}

# PACKAGE <TAB> PATH, of all paths that match an extended regular expression.
owners() {
  case $system in
  dpkg) (
    cd "$admin/info" || exit
    set -- *.list
    printf '%s\0' "$@" | xargs -0 grep -E -e "$match" /dev/null 2>/dev/null | sed 's/\.list:/	/'
  ) ;;
  rpm) query -qa --qf '[%{=NAME}.%{=ARCH}\t%{FILENAMES}\n]' | match=$match awk -F '\t' '$2 ~ ENVIRON["match"]' ;;
  esac
}

# What is recorded of the paths that come in: lines of own, sum and conf (dpkg), or of file (rpm).
lookup() {
  case $system in
  dpkg) (
    cd "$admin/info" || exit
    awk '
      FNR == 1 { input++ }
      input == 1 { want[$0]; next }
      $0 in want {
        package = substr(FILENAME, 3, length(FILENAME) - 7)
        owned[package, $0]; owner[package]
        print "own\t" package "\t" $0
      }
      END {
        for (package in owner) {
          file = package ".md5sums"
          while ((getline line < file) > 0)
            if ((package, "/" substr(line, 35)) in owned)
              print "sum\t" package "\t/" substr(line, 35) "\t" substr(line, 1, 32)
          close(file)
        }
        while ((getline line < "../status") > 0) {
          if (line ~ /^Package: /) { package = substr(line, 10); inside = 0 }
          else if (line ~ /^Conffiles:/) inside = 1
          else if (line !~ /^ /) inside = 0
          else if (inside) {
            sub(/^ /, "", line); sub(/( obsolete| remove-on-upgrade)+$/, "", line)
            path = substr(line, 1, length(line) - 33)
            if (path in want) print "conf\t" package "\t" path "\t" substr(line, length(line) - 31)
          }
        }
      }' - ./*.list
  ) ;;
  rpm) {
    cat
    echo
    query -qa --qf '[file\t%{=NAME}.%{=ARCH}\t%{FILENAMES}\t%{FILEDIGESTS}\t%{=FILEDIGESTALGO}\t%{FILEMODES}\t%{FILEFLAGS}\n]'
  } | awk -F '\t' '!told { if ($0 == "") told = 1; else want[$0]; next } $3 in want' ;;
  esac
}

# Links are left alone, and what could make a reader wait, such as a FIFO put in a file's place.
hash_all() {
  xargs -0 -n 500 sh -c '
    for f do
      shift
      if [ -f "$f" ] && [ ! -h "$f" ]; then set -- "$@" "$f"; fi
    done
    [ $# -eq 0 ] || if command -v "${0}sum" >/dev/null; then "${0}sum" "$@"; else openssl dgst "-$0" -r "$@"; fi
    ' "$1" 2>/dev/null
}

printf 'system=%s\n%s\000%s\000' "$system" "$notes" "$diversions"
while read -r verb size rest; do
  case $verb in
  versions)
    take "$size" >/dev/null
    versions
    ;;
  owners)
    match=$(take "$size" | tr -d '\000')
    owners
    ;;
  lookup) take "$size" | tr '\000' '\n' | lookup ;;
  md5 | sha1 | sha256 | sha384 | sha512) take "$size" | hash_all "$verb" ;;
  *) break ;;
  esac
  printf '\000\000\000E'
done
exit 0
