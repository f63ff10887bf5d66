#!/usr/bin/env bash
# What tmux runs: `run-shell` in the configuration, or the plugin manager. It returns at once and
# leaves the work to a job of the server. Bash 3.2, so that macOS' own will do.
set -u
unset CDPATH

# The popup's way when all is well, before anything else takes time.
if [ "${1:-}" = --choose ] && [ -x "${2:-}" ]; then
  shift
  exec "$@" choose
fi

root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P) || exit 1
self=$root/agent-status.tmux

quote() { printf "'%s'" "$(printf %s "$1" | sed "s/'/'\\\\''/g")"; }

# Messages go through an option, so that nothing in them is expanded.
tell() { # MILLISECONDS TEXT: to everybody who is attached; 1 if nobody is
  tmux set-option -g @agent-status-message "agent-status: $2" && announce "$1"
}

announce() { # MILLISECONDS
  local client told=1
  for client in $(tmux list-clients -F '#{?client_control_mode,,#{client_name}}'); do
    show_message "$client" "$1" && told=0
  done
  return "$told"
}

show_message() { # CLIENT MILLISECONDS; tmux 3.2 refuses -c: there the client used last has it
  tmux display-message -c "$1" -d "$2" '#{@agent-status-message}' ||
    tmux display-message -d "$2" '#{@agent-status-message}'
}

tell_surely() { # as tell, but waits for somebody to attach, for ten minutes or the server's end
  local left=600
  tell "$@" && return
  until announce "$1" || [ $((left -= 1)) -lt 0 ]; do
    tmux list-sessions || return
    sleep 1
  done
}

# For those who placed the summary already; what a daemon has written there is left alone.
show() { # TEXT
  case $(tmux show-options -gqv @agent-status-summary) in
    '' | 'agent-status: '*) tmux set-option -g @agent-status-summary "agent-status: $1" ;;
  esac
}

forget() {
  case $(tmux show-options -gqv @agent-status-summary) in
    'agent-status: '*) tmux set-option -gu @agent-status-summary ;;
  esac
  tmux set-option -gqu @agent-status-message
}

is_too_old() { # VERSION, such as 3.3a, next-3.7 or master; what is no number is new
  local number=${1#next-} major minor
  major=${number%%.*}
  minor=${number#*.}
  minor=${minor%%[!0-9]*}
  case $major in '' | *[!0-9]*) return 1 ;; esac
  [ "$major" -lt 3 ] || { [ "$major" -eq 3 ] && [ "${minor:-0}" -lt 2 ]; }
}

choose_key() {
  key=$(tmux show-options -gqv @agent-status-key)
  case $key in '' | *[[:space:][:cntrl:]]*) key=A ;; ';') key='\;' ;; esac
}

# How tmux calls a key, by binding it for a moment: `space` and `Space` are one. tmux 3.7 lists
# nothing of a table with one key.
name_key() { # KEY
  local table=agent-status-names
  tmux bind-key -T $table a list-keys \; bind-key -T $table b list-keys \; \
    bind-key -T $table "$1" list-clients \; list-keys -T $table 2>/dev/null |
    sed -n 's/^bind-key *-T [^ ]* *\([^ ]*\) *list-clients$/\1/p'
  tmux unbind-key -aq -T $table
}

is_bound() { # KEY; newer tmux lists nothing when asked for one key
  tmux list-keys -T prefix 2>/dev/null | sed -n 's/^bind-key *\(-r *\)*-T prefix *//p' |
    cut -d' ' -f1 | grep -qxF -e "$(name_key "$1")"
}

# Until it is loaded, the key says how far the installation is; a key of the user's is left alone.
bind_early() {
  choose_key
  [ "$key" = none ] && return
  is_bound "$key" && return
  tmux bind-key -T prefix "$key" run-shell -C "display-popup -EE -w 90% -h 80% \
    env AGENT_STATUS_CLIENT=#{q:client_name} $(quote "$self" | sed 's/#/##/g') --choose -"
}

install() {
  local bin words
  if ! "$root/scripts/bootstrap" --ready; then
    bin=$("$root/scripts/bootstrap" --print-bin) && "$bin" load
    tell 5000 "installing, this takes a minute; you can work on"
    show "installing"
  fi
  if ! words=$("$root/scripts/bootstrap" 2>&1); then
    show "not installed"
  elif bin=$("$root/scripts/bootstrap" --print-bin) && words=$("$bin" load 2>&1); then
    forget
  else
    show "not loaded"
  fi
  tell_last "$words"
}

tell_last() { # WORDS: what went wrong at last, if anything did
  local words
  words=$(printf '%s\n' "$1" | tail -n 1)
  words=${words#Error: }
  [ -z "$words" ] || tell_surely 15000 "${words#agent-status: }"
}

# In the popup, where the program is gone or not there yet: install it first.
choose() {
  local bin
  "$root/scripts/bootstrap" && bin=$("$root/scripts/bootstrap" --print-bin) &&
    "$bin" load && exec "$bin" choose
  echo "Esc closes this; press the key again to try again."
  exit 1
}

if [ -z "${TMUX:-}" ]; then
  echo "agent-status: run this from tmux: tmux run-shell $(quote "$self")" >&2
  exit 1
fi
chosen=$(tmux show-options -gqv @agent-status-python)
export AGENT_STATUS_PYTHON="${chosen:-${AGENT_STATUS_PYTHON:-}}"

case ${1:-} in
  --choose) choose ;;
  --install) install >/dev/null 2>&1 ;;
  '')
    version=$(tmux display-message -p '#{version}')
    if is_too_old "$version"; then
      tmux display-message "agent-status needs tmux 3.2 or newer, this is $version: upgrade tmux"
      exit 0
    fi
    "$root/scripts/bootstrap" --ready || bind_early
    tmux run-shell -b "$(quote "$self" | sed 's/#/##/g') --install"
    ;;
  *)
    echo "usage: agent-status.tmux   (from tmux, by run-shell or a plugin manager)" >&2
    exit 2
    ;;
esac
