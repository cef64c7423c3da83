# Sourced by the scripts beside it: how a script says what it is doing.
# One line a step, with its time; the output of a step is kept in a log and shown if the step fails. Colours only on a terminal.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cache=$root/.cache
mkdir -p "$cache/logs"

if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
  bold=$'\e[1m' dim=$'\e[2m' red=$'\e[31m' green=$'\e[32m' plain=$'\e[0m'
else
  bold='' dim='' red='' green='' plain=''
fi

heading() { printf '%s%s%s\n' "$bold" "$*" "$plain"; }
note() { printf '    %s%s%s\n' "$dim" "$*" "$plain"; }

# missing WHAT HOW: something cannot be had; say what, and how to get it, and stop.
missing() {
  printf '%smissing:%s %s\n' "$red" "$plain" "$1" >&2
  shift
  local line
  for line in "$@"; do printf '         %s\n' "$line" >&2; done
  exit 1
}

# log_of TITLE: where the output of what is called so is kept.
log_of() { printf '%s/logs/%s.log' "$cache" "$(printf '%s' "$1" | tr -cs 'a-zA-Z0-9' '-')"; }

# step TITLE COMMAND…: runs the command with its output kept in a log; its last lines are shown if it fails.
step() {
  local title=$1 log started status=0
  shift
  log=$(log_of "$title")
  started=$SECONDS
  printf '  … %s' "$title"
  [ -t 1 ] || printf '\n'
  "$@" >"$log" 2>&1 || status=$?
  [ -t 1 ] && printf '\r\e[K'
  if [ "$status" = 0 ]; then
    printf '  %s✓%s %s %s(%ss)%s\n' "$green" "$plain" "$title" "$dim" "$((SECONDS - started))" "$plain"
  else
    printf '  %s✗ %s%s (exit %s; all of it in %s)\n' "$red" "$title" "$plain" "$status" "${log#"$root"/}" >&2
    tail -n 40 "$log" | sed 's/^/      /' >&2
  fi
  return "$status"
}

# usage_of SCRIPT: the comment block at a script's head is its help.
usage_of() { sed -n '2,/^[^#]/{/^#/s/^# \{0,1\}//p}' "$1"; }
