# Answers questions about files, directories, processes and commands; only reads. Runs on any POSIX sh.
#
# Takes batches: a line `BYTES MARK SECONDS LIMIT AHEAD QUESTIONS` and so many bytes of lines: `.WORD`, or `%WORD` with escapes of
# printf %b, collect the words of a question, and `=F`, `=D`, `=P`, `=C` or `=B` asks it. Each answer is what there is,
# then `MARK:NUMBER:STATE` and a newline. Number 0 comes first and has the user's number for its state, `MARK:end:` comes
# last. Where a program ran, `MARK=STATUS` and a newline stand behind its output, unless it was cut. Nothing on the host
# knows MARK before. Where AHEAD is 2 and there are two processors, a helper answers from the last question backwards, as
# far as there is no `=C`: that is a command of which only one may run at a time.
#
# Several of `=f`, `=b`, `=c`, `=l` and `=a` share one time limit and one size limit, as each of its own costs more than
# most commands; their answers have the state S or N. What is not reached gets no answer, and what comes before the next number
# 0 belongs to none. `=l` is like `=b` and `=a` like `=c`, of a program that leaves nobody behind who writes later.
nl='
'
unset ENV BASH_ENV CDPATH GREP_OPTIONS mark
PATH=$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
LC_ALL=C SYSTEMD_PAGER=cat PAGER=cat
export PATH LC_ALL SYSTEMD_PAGER PAGER
cd / || exit 1
set -f

take() {
  if [ "$take" = head ]; then head -c "$1"; else dd ibs=1 obs=65536 count="$1" 2>/dev/null; fi
}

# Runs a program for so long at most, with everything that it starts.
run() {
  case $limiter in
  kill) timeout -k 2 "$seconds" "$@" ;;
  group) setsid sh -c 'timeout "$@"
      status=$?
      case $status in
      124 | 137 | 143) trap "" TERM && kill -TERM 0 ;;
      esac
      exit $status' sh "$seconds" "$@" ;;
  plain) timeout "$seconds" "$@" ;;
  old) timeout -t "$seconds" "$@" ;;
  none) watch "$@" ;;
  esac
}

# Ends a process group; where the shell made none, a process and all that it started.
finish() {
  kill "-$1" "-$2" && return
  for child in $(ps -A -o ppid= -o pid= | while IFS=' ' read -r parent pid; do
    [ "$parent" != "$2" ] || echo "$pid"
  done); do
    finish "$1" "$child"
  done
  kill "-$1" "$2"
}

# The same where there is no timeout(1). Job control gives what is started a process group of its own.
watch() {
  {
    ! (set -m) || set -m
    (exec "$@") 2>&5 5>&- &
    started=$!
    {
      sleep "$seconds"
      finish TERM "$started"
      sleep 2
      finish KILL "$started"
    } >/dev/null 5>&- &
    guard=$!
    wait "$started"
    status=$?
    [ "$status" -lt 256 ] || status=$((status - 128)) # ksh93 adds 256 to the number of a signal
    finish KILL "$guard"
  } 5>&2 2>/dev/null
  return "$status"
}

command_output() {
  {
    run "$@" 2>&1
    echo "$mark=$?"
  } </dev/null 2>/dev/null | take "$limit"
}

list() {
  {
    if find /dev/null -print0 >/dev/null 2>&1; then
      run find "$1/" ! -type d -print0 2>/dev/null
    else
      run find "$1/" ! -type d -exec sh -c 'for f do printf "%s\000" "$f"; done' sh {} + 2>/dev/null
    fi
    echo "$mark=$?"
  } </dev/null 2>/dev/null | take "$limit"
}

processes() {
  {
    case $(uname) in
    *BSD | Darwin | DragonFly) run ps -axww -o args= 2>/dev/null ;;
    Linux) run ps -eww -o args= 2>/dev/null || run ps -o args 2>/dev/null ;;
    *) UNIX95=y run ps -ef -o args 2>/dev/null ;;
    esac
    echo "$mark=$?"
  } </dev/null 2>/dev/null | take "$limit"
}

content() {
  if [ "$take" = head ]; then
    run head -c "$limit" "$1"
  else
    run dd if="$1" bs=65536 count=$((limit / 65536 + 1))
  fi </dev/null 2>/dev/null
  echo "$mark=$?"
}

# Why there seems to be nothing: M for missing, P where a directory on the way lets nobody through.
absent() {
  path=$1 hops=0 state=M
  while [ "$hops" -lt 40 ]; do
    if [ -h "$path" ]; then
      hops=$((hops + 1))
      target=$(readlink "$path" && echo x)
      target=${target%"${nl}x"}
      case $target in
      /*) path=$target ;;
      ?*) path=${path%/*}/$target ;;
      *) return ;;
      esac
    elif [ -d "$path" ]; then
      [ -x "$path" ] || state=P
      return
    elif [ -e "$path" ]; then
      return
    else
      case $path in
      */*) path=${path%/*} ;;
      *) return ;;
      esac
      path=${path:-/}
    fi
  done
}

ask() {
  state=O
  case $verb in
  [BCabcl]) command_output "$@" ;;
  P)
    # Linux can hide the processes of others (hidepid)
    if [ -d /proc/self/task ] && ! [ -r /proc/1/stat ]; then state=P; else processes; fi
    ;;
  [Ff])
    if [ -f "$1" ] && [ -r "$1" ]; then
      content "$1"
    elif [ -f "$1" ]; then
      state=P
    elif [ -e "$1" ]; then
      state=K
    else
      absent "$1"
    fi
    ;;
  D)
    if [ -d "$1/" ] && [ -r "$1/" ] && [ -x "$1/" ]; then
      list "$1"
    elif [ -d "$1/" ]; then
      state=P
    elif [ -e "$1" ]; then
      state=K
    else
      absent "$1"
    fi
    ;;
  *) state=E ;;
  esac
  echo "$mark:$number:$state"
}

# A line for each question: who takes one may answer the next from its end of the batch.
turns() {
  for line in $batch; do
    case $line in =*) echo ;; esac
  done
}

# Answers those that share. They get less time together than each gets where it is asked again. What they are is on no
# command line, as lists of processes would show it to each other.
answer_shared() {
  [ "$count" -gt 0 ] || return 0
  { echo "$mark" && printf '%s' "$shared"; } |
    timeout -k 2 "$((seconds / 3 + 1))" sh -c "$sharing" sh "$limit" 2>/dev/null |
    head -c "$limit"
  echo "$mark:0:$user"
  through=$((through + count)) count=0 shared=''
  make_room
}

# How many share next: fewer each time, so that two at once have done at about the same time.
make_room() {
  room=$(((${questions:-0} - 2 * through) / 4))
  [ "$room" -ge 5 ] || room=5
  [ "$room" -le 16 ] || room=16
}

# Answers questions, alone or while there are turns on standard input. The helper ends when the script has.
work() {
  number=$1 step=$2 count=0 shared='' question='' through=0 odd=''
  make_room
  set --
  for line in $batch; do
    question=$question$line$nl
    case $line in
    .*)
      set -- "$@" "${line#.}"
      continue
      ;;
    %*)
      odd=y
      word=$(printf '%bx' "${line#%}")
      set -- "$@" "${word%x}"
      continue
      ;;
    esac
    verb=${line#=}
    kill -0 "$$" || return
    case $verb$step in [Cac]-1) break ;; esac
    [ "$alone" ] || read -r _ || break
    number=$((number + step))
    if may_share "$@"; then
      shared="$shared$question:$number$nl" count=$((count + 1))
    else
      case $verb in f) ;; *) answer_shared ;; esac
      ask "$@"
    fi
    [ "$count" -lt "$room" ] || answer_shared
    question='' odd=''
    set --
  done
  answer_shared
}

# Whether a question is one of those that share, and is not answered without starting anything.
may_share() {
  case ${sharing:+s}$odd$verb in
  s[abcl]) ;;
  sf) [ -f "$1" ] && [ -r "$1" ] ;;
  *) false ;;
  esac
}

# Turns the batch round, and finds the number behind its last question.
turn_round() {
  number=1 reverse='' question=''
  for line in $batch; do
    question=$question$line$nl
    case $line in
    =*) number=$((number + 1)) reverse=$question$reverse question='' ;;
    esac
  done
  batch=$reverse
}

# Keeps what the helper says until it is its turn, so that none of its commands waits for a reader and runs out of time.
hold() {
  dd ibs=65536 obs=4194304 2>/dev/null || cat
}

# Both write to one stream, first the one and then the other. If nobody listens any more, the helper ends too.
work_both_ways() {
  {
    { turn_round && work "$number" -1 | hold; } 3<&- |
      if (work 0 1 <&3 3<&-); then cat 3<&-; else kill -KILL "$$"; fi
  } 3<&0
}

two_processors() {
  : "${processors:=$({ nproc || getconf _NPROCESSORS_ONLN; } </dev/null 2>/dev/null)}"
  [ "${processors:-1}" -gt 1 ] 2>/dev/null
}

take='head'
head -c 1 </dev/null >/dev/null 2>&1 || take='dd'
limiter=none
{
  # not those that end nothing but the program itself
  case $(timeout -k 1 9 timeout --version) in
  *coreutils*) limiter='kill' ;;
  esac
  if [ "$limiter" = none ]; then
    if timeout 9 true; then
      limiter=plain
      ! setsid true || limiter=group
    elif timeout -t 9 true; then
      limiter=old
    fi
  fi
} </dev/null >/dev/null 2>&1
user=$(id -u 2>/dev/null)
# What answers several questions, where their limits end all that was started. Who would say that a program is not there
# is who says so otherwise.
sharing='
  # S: there is such a program. N: there is none, or it is sh; so that no other words for that are to be expected.
  start() {
    command -v "$1" >/dev/null 2>&1 || set -- timeout 9 "$@"
    (exec "$@") 2>&1 </dev/null
  }
  state_of() {
    state=S
    [ "$1" != sh ] && command -v "$1" >/dev/null 2>&1 || state=N
  }
  read -r mark
  verb="" limit=$1
  set --
  while IFS= read -r line; do
    case $line in
    .*) set -- "$@" "${line#.}" ;;
    =*) verb=${line#=} ;;
    *)
      state_of "$1"
      case $verb in
      [al]) start "$@" ;;
      [bc]) { start "$@"; echo "$mark=$?"; } | cat ;;
      f) state=S && (exec head -c "$limit" "$1") 2>/dev/null </dev/null ;;
      esac
      status=$?
      case $verb in [alf]) echo "$mark=$status" ;; esac
      echo "$mark$line:$state"
      set --
      ;;
    esac
  done
'
# shells that have programs of their own, such as busybox and mksh, execute these
case $take$limiter$(sh -c 'exec echo --version' 2>/dev/null </dev/null) in
headkill*coreutils*) ;;
*) sharing='' ;;
esac

while IFS=' ' read -r size mark seconds limit ahead questions; do
  case $size in
  '' | *[!0-9]*) break ;;
  esac
  batch=$(take "$size" && echo .)
  IFS=$nl
  echo "$mark:0:$user"
  alone=''
  # without timeout(1) job control ends what takes too long, and ksh93 has none in a pipe
  if [ "$ahead" = 2 ] && [ "$limiter" != none ] && two_processors; then
    turns | work_both_ways
  else
    alone=y
    work 0 1
  fi
  echo "$mark:end:"
done
exit 0
