# Looks for what rootkits hide or leave behind; only reads. Runs on any POSIX sh.
#
# Takes a line `MARK LIMIT SECONDS WALK PIDS BYTES` and so many bytes of lines: a letter and a word each. `l` is a look,
# `r` a root below which files lie, `s` a path to look for, `t` a program to read, `n` a base name to look for, `w` a tree
# to walk, `x` a shell pattern to leave out. Answers come in frames: what there is, then `MARK:NAME:STATUS` and a newline;
# the last is named `end`. Nothing on the host knows MARK before, and no command gets it as a word.
nl='
'
unset ENV BASH_ENV CDPATH GREP_OPTIONS
PATH=$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
LC_ALL=C
export PATH LC_ALL
cd / || exit 1
set -f

take() {
  if [ "$take" = head ]; then head -c "$1"; else dd ibs=1 obs=65536 count="$1" 2>/dev/null; fi
}

run() {
  if [ "$limiter" ]; then timeout "$seconds" "$@"; else "$@"; fi </dev/null
}

ended() {
  echo "$mark:$1:$2"
}

# The directory /proc as the shell itself reads it: " 1 2 3 ".
list() {
  listing=' '
  set +f
  for path in /proc/[0-9]*; do
    listing="$listing${path#/proc/} "
  done
  set -f
  echo "$1$listing"
}

ask_ps() {
  told=' '
  for number in $({ run ps -e -o pid= || run ps -o pid; } 2>/dev/null | take "$limit"); do
    case $number in
    *[!0-9]*) ;;
    *) told="$told$number " ;;
    esac
  done
  echo "$1$told"
}

# LETTER PID START NAME, if it is a process and no thread; START is `-` where its directory does not tell.
describe() {
  start='-' line='' group=$2
  if read -r line <"/proc/$2/stat"; then
    while IFS='	 ' read -r key value; do
      if [ "$key" = Tgid: ]; then
        group=$value
        break
      fi
    done <"/proc/$2/status"
    name=${line#*\(}
    describe=$1 pid=$2
    # shellcheck disable=SC2086 # the fields behind the name, which may hold anything
    set -- ${line##*\) }
    start=${20:--}
    [ "$group" != "$pid" ] || printf '%s\n' "$describe $pid $start ${name%\)*}"
  else
    echo "$1 $2 - "
  fi
} 2>/dev/null

# Numbers that the control groups list; the kernel does not make them from /proc.
groups() {
  find /sys/fs/cgroup -name cgroup.procs -exec cat {} + 2>/dev/null </dev/null | sort -un | take "$limit"
}

by_number() {
  read -r _ _ _ _ top </proc/loadavg || top=0
  for number in $listing; do
    [ "$number" -le "$top" ] || top=$number
  done
  if [ "$top" -gt "$pids" ]; then
    echo "x pids $top"
    top=$pids
  fi
  number=0
  while [ "$number" -lt "$top" ]; do
    number=$((number + 1))
    [ -d "/proc/$number" ] || continue
    case $listing in
    *" $number "*) ;;
    *)
      looked="$looked$number "
      describe k "$number"
      ;;
    esac
  done
}

by_group() {
  for number in $(groups); do
    case $listing in
    *" $number "*) ;;
    *) [ "$number" = 0 ] || describe "$1" "$number" ;;
    esac
  done
}

unlisted_by_ps() {
  for number in $listing; do
    case $told in
    *" $number "*) ;;
    *) [ ! -d "/proc/$number" ] || describe "$1" "$number" ;;
    esac
  done
}

# Everything twice: what is hidden stays so, and what only came or went in between does not.
processes() {
  if [ ! -r /proc/self/stat ] || [ ! -r /proc/loadavg ]; then
    ended processes none
    return
  fi
  looked=' '
  list l
  ask_ps p
  unlisted_by_ps m
  by_number
  by_group c
  list L
  ask_ps P
  unlisted_by_ps M
  for number in $looked; do
    [ ! -d "/proc/$number" ] || describe K "$number"
  done
  by_group C
  while read -r _ _ _ _ place _; do
    case ${place#/proc/} in
    *[!0-9]*) ;;
    *) printf 'o %s\n' "${place#/proc/}" ;;
    esac
  done </proc/self/mountinfo
  while read -r _ place _ options _; do
    [ "$place" != /proc ] || printf 'h %s\n' "$options"
  done </proc/mounts
  ended processes 0
} 2>/dev/null

kernel_ports() {
  for table in tcp tcp6 udp udp6; do
    [ ! -r "/proc/net/$table" ] || awk -v "head=$1 ${table%6}" '
      NR > 1 && (($4 == "0A" && head ~ /tcp/) || ($4 == "07" && head ~ /udp/)) { sub(/.*:/, "", $2); print head, $2 }
    ' "/proc/net/$table"
  done
}

tool_ports() {
  command -v "$2" >/dev/null || return
  run "$2" -l -t -u -n | take "$limit" | sed "s/^/$1 /"
}

ports() {
  if [ ! -r /proc/net/tcp ]; then
    ended ports none
    return
  fi
  for turn in 1 2; do
    echo "turn $turn"
    kernel_ports a
    tool_ports s ss
    tool_ports n netstat
  done
  echo 'turn 3'
  kernel_ports a
  ended ports 0
} 2>/dev/null

flags_of_interfaces() {
  set +f
  for path in /sys/class/net/*; do
    flags='' master=''
    read -r flags <"$path/flags" || continue
    if [ -e "$path/master" ]; then
      master=$(readlink "$path/master")
      master=${master##*/}
    fi
    printf '%s %s %s %s\n' "$1" "${path##*/}" "$flags" "${master:--}"
  done
  set -f
}

interfaces() {
  if [ ! -d /sys/class/net ]; then
    ended interfaces none
    return
  fi
  flags_of_interfaces i
  run ip -d -o link show | take "$limit" | sed 's/^/d /'
  flags_of_interfaces I
  ended interfaces 0
} 2>/dev/null

# Of paths, a line each, those with a base name that is looked for, each ended by NUL. A name for each test of find's would
# take ten times as long. A newline in a path makes two of it; the base name stands behind the last one.
named() {
  names=$names awk -F/ 'BEGIN { count = split(ENVIRON["names"], list, "\n"); for (at = 1; at <= count; at++) want[list[at]] }
    $NF != "" && $NF in want { print "n" $0 }' | tr '\n' '\000'
}

sift() {
  if [ "$walk" = names ]; then named; else cat; fi
}

# A frame NAME of what find prints, or of the paths named in it; its status counts what was denied, what else went wrong, and has
# find's own. take ends last, as it holds what awk reads from open; so the counts stand behind the output.
walk() {
  walk=$1
  shift
  {
    counts=$({
      {
        run find "$@" 2>&3
        echo "status $?" >&3
      } | sift | take "$limit" >&4
    } 3>&1 | awk '
      /^status [0-9]+$/ { status = $2; next }
      /Permission denied|not permitted/ { denied++; next }
      /No such file|^$/ { next }
      { other++ }
      END { printf "%d %d %d", denied, other, status }')
  } 4>&1
  ended "$walk" "$counts"
}

devices() {
  set -- "$root/dev/" \( -name ''
  for name in shm mqueue hugepages pts .udev .mdadm .initramfs .systemd .lxc .lxd-mounts .static; do
    set -- "$@" -o -path "$prefix/dev/$name"
  done
  # shellcheck disable=SC2016 # the inner shell expands it
  walk devices "$@" \) -prune -o -type f -exec sh -c 'for f do printf "f%s\000" "$f"; done' sh {} +
}

# Whether a directory on the way to something lets nobody through.
closed() {
  path=$1
  while [ "$path" ]; do
    path=${path%/*}
    if [ -d "$path/" ]; then
      [ ! -x "$path/" ]
      return
    fi
  done
  return 1
}

signatures() {
  IFS=$nl
  for word in $paths; do
    if [ -e "$root$word" ] || [ -h "$root$word" ]; then
      printf 'f%s\000' "$word"
    elif closed "$root$word"; then
      printf 'p%s\000' "$word"
    fi
  done
  ended signatures 0
}

# PATH REAL, each ended by NUL, then a frame `strings` for each other REAL, in their order.
programs() {
  reals=$nl
  IFS=$nl
  for word in $programs; do
    [ -f "$root$word" ] || continue
    real=$(readlink -f "$root$word" && echo x)
    real=${real%"${nl}x"}
    case $real in
    *"$nl"*) continue ;;
    "$root"/*) ;;
    *) continue ;;
    esac
    printf '%s\000%s\000' "$word" "${real#"$root"}"
    case $reals in
    *"$nl${real#"$root"}$nl"*) ;;
    *) reals=$reals${real#"$root"}$nl ;;
    esac
  done
  ended programs 0
  for real in $reals; do
    if [ -r "$root$real" ]; then
      { tr -cs '\040-\176\011' '\n' <"$root$real" | grep '....'; } 2>/dev/null | take "$limit"
      ended strings 0
    else
      ended strings denied
    fi
  done
}

is_left_out() {
  for pattern in $patterns; do
    # shellcheck disable=SC2254 # a pattern
    case $1 in
    $prefix$pattern | $prefix$pattern/*) return 0 ;;
    esac
  done
  return 1
}

# Mount points of local file systems below the trees: each once, and nothing of a file system that is a tree as a whole.
local_mounts() {
  seen=$nl
  while IFS=' ' read -r _ _ device inside place rest; do
    kind=${rest#* - }
    case ${kind%% *} in
    ext[234] | xfs | btrfs | zfs | f2fs | jfs | reiserfs | bcachefs | nilfs2 | tmpfs | overlay | ufs) ;;
    *) continue ;;
    esac
    case $place in
    *\\134* | *\\012*) continue ;;
    *\\*) place=$(printf '%b' "$place") ;;
    esac
    [ "$place" != / ] || place=''
    IFS=$nl
    for tree in $trees; do
      top=${root%/}${tree%/}
      case "$top/" in
      "$place"/*)
        seen="$seen$device $inside$nl"
        [ "$top $inside" != "$place /" ] || seen="$seen$device all$nl"
        ;;
      *)
        case "$place/" in
        "$top"/*)
          case $seen in
          *"$nl$device $inside$nl"* | *"$nl$device all$nl"*) ;;
          *)
            seen="$seen$device $inside$nl"
            is_left_out "$place" || ! [ -d "$place/" ] || printf '%s\n' "$place"
            ;;
          esac
          ;;
        esac
        ;;
      esac
    done
  done </proc/self/mountinfo
} 2>/dev/null

odd() {
  # shellcheck disable=SC2016 # the inner shell expands it
  show='for f do printf "%s%s\000" "$0" "$f"; done'
  IFS=$nl
  set --
  for tree in $trees; do
    set -- "$@" "${root%/}$tree"
  done
  for place in $(local_mounts); do
    set -- "$@" "$place"
  done
  set -- "$@" -xdev
  for pattern in $patterns; do
    set -- "$@" -path "$prefix$pattern" -prune -o
  done
  IFS=$blank
  seconds=$walk_s
  [ ! "$names" ] || walk names "$@" -print
  [ "$permissions$owners" ] || return
  # busybox runs `-exec ... +` only where no parentheses are around it
  set -- "$@" -name ''
  if [ "$owners" ]; then
    # whoever is 0 has a name; to look all others up takes long
    if [ "$permissions" ]; then
      set -- "$@" -o \( ! -user 0 -nouser -o ! -group 0 -nogroup \) -type f -perm -0002 -exec sh -c "$show" x {} +
      set -- "$@" -o \( ! -user 0 -nouser -o ! -group 0 -nogroup \) -type d -perm -0002 ! -perm -1000
      set -- "$@" -exec sh -c "$show" y {} +
    fi
    set -- "$@" -o \( ! -user 0 -nouser -o ! -group 0 -nogroup \) -exec sh -c "$show" u {} +
  fi
  if [ "$permissions" ]; then
    set -- "$@" -o -type f -perm -0002 -exec sh -c "$show" w {} +
    set -- "$@" -o -type d -perm -0002 ! -perm -1000 -exec sh -c "$show" d {} +
  fi
  walk odd "$@"
}

blank=$IFS
take='head'
head -c 1 </dev/null >/dev/null 2>&1 || take='dd'
limiter=''
! timeout 9 true </dev/null >/dev/null 2>&1 || limiter=y
knows=-
! find /dev/null -nouser >/dev/null 2>&1 || knows=y

IFS=' ' read -r mark limit seconds walk_s pids size || exit 0
request=$(take "$size" && echo .)
root='' prefix='' looks=' ' paths='' programs='' names='' trees='' patterns='' permissions='' owners=''
IFS=$nl
for line in $request; do
  word=${line#?}
  case $line in
  l*) looks="$looks$word " ;;
  r*) root=$word ;;
  q*) prefix=$word ;;
  s*) paths=$paths$word$nl ;;
  t*) programs=$programs$word$nl ;;
  n*) names=$names$word$nl ;;
  w*) trees=$trees$word$nl ;;
  x*) patterns=$patterns$word$nl ;;
  esac
done
IFS=$blank
system=none
[ ! -s "$root/var/lib/dpkg/status" ] || system=dpkg
for file in usr/lib/sysimage/rpm/rpmdb.sqlite usr/lib/sysimage/rpm/Packages.db var/lib/rpm/rpmdb.sqlite \
  var/lib/rpm/Packages.db var/lib/rpm/Packages; do
  if [ "$system" = none ] && [ -s "$root/$file" ]; then
    system=unread
    [ -z "$(run rpm --dbpath "$root/${file%/*}" -qa 2>/dev/null | take 1)" ] || system=rpm
  fi
done
echo "$(uname) $knows $(id -u) $system"
ended host 0
for look in $looks; do
  case $look in
  processes) processes ;;
  ports) ports ;;
  interfaces) interfaces ;;
  devices) devices ;;
  files) signatures ;;
  programs) programs ;;
  permissions) permissions=y ;;
  owners) owners=y ;;
  esac
  IFS=$blank
done
[ "$knows" = y ] || owners=''
[ ! "$permissions$owners$names" ] || odd
ended end 0
exit 0
