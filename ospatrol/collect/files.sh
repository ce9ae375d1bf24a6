# Lists file trees and hashes files; only reads. Runs on any POSIX sh: dash, bash, ksh, zsh, busybox. Wants LC_ALL=C.
#
# Words: known=TOOLS style=STYLE root=DIRECTORY sign path=/TREE... depth=N xdev skip=GLOB... type=LETTER... keep=GLOB...
# list. Globs are as in find -path and apply to whole names on this host.
#
# Says first KEY=VALUE lines and NUL; then the listing; then NUL NUL NUL E, complaints, NUL. Then it answers requests,
# each a line `VERB BYTES [TOOL]` and so many bytes of NUL-terminated paths; an answer ends with NUL NUL NUL E. `sum` is
# `hash` for what is done in no time: its answer comes in bigger pieces, and not before they are full. `raw` is `sum` with
# 32 bytes a file and no name, and 0 for BYTES means the rest of the input; as digests may hold anything, the word behind
# the tool's name stands before their end mark. There a tool for `describe-all` may follow, whose answer comes next.
nl='
'
gnu='%y %m %U %G %s %T@ %C@ %i %n %D %p'
posix='%f %u %g %s %Y %Z %i %h %d'
bsd='%p %u %g %z %Fm %Fc %i %l %d'
known='' style='' root='' sign='' group='' notes='' plain=y

# One path, described by the tool that $1 names.
look() {
  case $1 in
  printf) find "$2" -maxdepth 0 -printf "$gnu" ;;
  stat-c) stat -c "$posix %n" "$2" ;;
  stat-f) stat -f "$bsd %N" "$2" ;;
  esac 2>/dev/null
}

# A name with a newline in it could fake lines of stat's, so it goes alone and between NULs. No parentheses around
# -exec +: busybox find forgets those.
list() {
  case $style in
  printf) find "$@" -printf "$gnu\\0%l\\0" ;;
  stat-c) find "$@" -path "*$nl*" -exec sh -c '
      for f do m=$(stat -c "$0" "$f") && printf "\000%s\n%s\000" "$m" "$f"; done' "$posix" {} + \
    -o -exec stat -c "$posix %n" {} + ;;
  stat-f) find "$@" -path "*$nl*" -exec sh -c '
      for f do m=$(stat -f "$0" "$f") && printf "\000%s\n%s\000" "$m" "$f"; done' "$bsd" {} + \
    -o -exec stat -f "$bsd %N" {} + ;;
  esac
  echo "status $?" >&2
}

# Keeps complaints until find is done, so that they cannot mix with the listing whatever the terminal.
hear() {
  count=0 heard=''
  while IFS= read -r line; do
    heard=$heard$line$nl count=$((count + 1))
    if [ "$count" -ge 500 ]; then
      heard=$heard$(awk 'END { if (NR) { print "more " NR - 1; print } }')
      break
    fi
  done
  printf '\000\000\000E%s\000' "$heard"
}

take() {
  if [ "$take" = head ]; then head -c "$1"; else dd bs=1 count="$1" 2>/dev/null; fi
}

# GNU tools write 4 kB at a time; bigger pieces are fewer packets, which saves the other side half of its work. A dd that
# is not there, or does not know its operands, has read nothing yet.
gather() {
  if [ "$style" = printf ]; then dd ibs=65536 obs=65536 2>/dev/null || cat; else cat; fi
}

hash_all() {
  case $1 in
  openssl) xargs -0 openssl dgst -sha256 -r ;;
  sha256sum) xargs -0 sha256sum ;;
  shasum) xargs -0 shasum -a 256 ;;
  sha256) xargs -0 sha256 -r ;;
  digest) xargs -0 digest -v -a sha256 ;;
  esac 2>/dev/null
}

hash_raw() {
  xargs -0 openssl dgst -sha256 -binary 2>/dev/null
}

hash_each() {
  xargs -0 sh -c 'for f do
    printf =
    [ -f "$f" ] && case $0 in
    openssl) openssl dgst -sha256 -r <"$f" ;;
    sha256sum) sha256sum <"$f" ;;
    shasum) shasum -a 256 <"$f" ;;
    sha256) sha256 <"$f" ;;
    digest) digest -a sha256 <"$f" ;;
    esac 2>/dev/null
    printf "\000"
  done' "$1"
}

describe() {
  case $1 in
  getfattr) xargs -0 getfattr -h -d -m - -e hex --absolute-names ;;
  getfacl) xargs -0 getfacl -p -n -s ;;
  getcap) xargs -0 getcap ;;
  label) xargs -0 stat -c '%C %n' ;;
  esac 2>/dev/null
}

# Everything that was listed but links; where no word leaves anything out, getfattr finds it by itself.
describe_all() {
  tool=$1
  shift
  case $# in
  0) ;;
  *)
    case $plain$tool in
    ygetfattr) getfattr -R -P -h -d -m - -e hex --absolute-names "$@" 2>/dev/null ;;
    *) find "$@" ! -type l -print0 2>/dev/null | describe "$tool" ;;
    esac
    ;;
  esac
}

point() {
  xargs -0 sh -c 'for f do printf =; readlink -n "$f" 2>/dev/null; printf "\000"; done' sh
}

explain() {
  xargs -0 sh -c 'for f do
    if [ ! -e "$f" ] && [ ! -h "$f" ]; then printf "=vanished\000"
    elif [ ! -r "$f" ]; then printf "=denied\000"
    else printf "=error\000"
    fi
  done' sh
}

found=$(
  for tool in find stat xargs head sha256sum openssl shasum sha256 digest readlink getfattr getfacl getcap; do
    printf %s: "$tool"
    command -v "$tool" || echo
  done
  date +%s
)
clock=${found##*"$nl"}
found=${found%"$nl"*}

for word do
  shift
  kind=${word%%=*} value=${word#*=}
  if [ "$kind" != "$group" ]; then
    case $group in
    skip) set -- "$@" ')' -prune -o ;;
    type | keep) set -- "$@" ')' -o ;;
    esac
    case $kind in
    skip) set -- "$@" '(' ;;
    type | keep) set -- "$@" ! '(' ;;
    esac
  else
    case $kind in
    skip | type | keep) set -- "$@" -o ;;
    esac
  fi
  group=$kind
  case $kind in
  depth | xdev | skip | type | keep) plain='' ;;
  esac
  case $word in
  known=*) known=$value ;;
  style=*) style=$value ;;
  root=*) root=$value ;;
  sign) sign=y ;;
  path=/*)
    set -- "$@" "$root$value"
    if [ -h "$root$value" ] && [ -d "$root$value/" ]; then
      # A link at the top of a tree is listed, and, with a slash behind its name, what it leads to; unless another tree
      # holds that under its real name, or it lies outside of the root.
      real=$(cd -P "$root$value" 2>/dev/null && pwd -P)
      case $real in
      "$root"/*)
        for other do
          other=${other#path=}
          case $real/ in
          "$root${other%/}"/* | "${other%/}"/*) real='' ;;
          esac
        done
        [ ! "$real" ] || set -- "$@" "$root$value/"
        ;;
      *) notes="${notes}blind=$root$value$nl" ;;
      esac
    fi
    ;;
  depth=[0-9]*) set -- "$@" -maxdepth "$value" ;;
  xdev) set -- "$@" -xdev ;;
  skip=* | keep=*) set -- "$@" -path "$value" ;;
  type=?) set -- "$@" -type "$value" ;;
  esac
done

[ "$known" = "$found" ] || style=''
base=/ system=none
if [ "$sign" ]; then
  for file in dpkg:var/lib/dpkg/status rpm:usr/lib/sysimage/rpm/rpmdb.sqlite rpm:var/lib/rpm/rpmdb.sqlite \
    rpm:usr/lib/sysimage/rpm/Packages.db rpm:var/lib/rpm/Packages.db rpm:var/lib/rpm/Packages; do
    if [ -s "$root/${file#*:}" ]; then
      base=$root/${file#*:} system=${file%%:*}
      break
    fi
  done
fi
mark=''
if [ ! "$style" ] || [ "$system" != none ]; then
  for try in $style printf stat-c stat-f none; do
    mark=$(look "$try" "$base")
    case $mark in
    ?*' '?*' '?*' '?*' '?*' '?*' '?*' '?*' '?*' /'*) break ;;
    esac
  done
  style=$try
fi
take='head'
[ "$style" = printf ] || head -c 1 </dev/null >/dev/null 2>&1 || take='dd'
[ ! -e /sys/fs/selinux/enforce ] || notes="${notes}selinux=on$nl"
[ -d "$root/" ] || notes="${notes}root=missing$nl"
printf 'style=%s\nclock=%s\nsystem=%s\nmark=%s\n%stools\n%s\000' "$style" "$clock" "$system" "$mark" "$notes" "$found"

if [ $# -gt 0 ] && [ "$style" != none ] && [ -d "$root/" ]; then
  { list "$@" 2>&1 >&3 3>&- | hear; } 3>&1 | gather
else
  printf '\000\000\000E\000'
fi

while read -r verb size tool ends also; do
  case $verb in
  hash) take "$size" | hash_all "$tool" ;;
  sum) take "$size" | hash_all "$tool" | gather ;;
  raw)
    if [ "$size" = 0 ]; then hash_raw; else take "$size" | hash_raw; fi
    printf %s "$ends"
    if [ "$also" ]; then
      printf '\000\000\000E'
      describe_all "$also" "$@"
    fi
    ;;
  each) take "$size" | hash_each "$tool" ;;
  sum-all) [ $# = 0 ] || find "$@" -type f -print0 2>/dev/null | hash_all "$tool" | gather ;;
  describe) take "$size" | describe "$tool" ;;
  describe-all) describe_all "$tool" "$@" ;;
  point) take "$size" | point ;;
  explain) take "$size" | explain ;;
  text) take "$size" | xargs -0 cat 2>/dev/null | tr -d '\000' ;;
  pause) sleep "$size" ;;
  *) break ;;
  esac
  printf '\000\000\000E'
done
exit 0
