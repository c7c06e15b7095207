"""What is run on nodes: POSIX shell without Python, one `docker exec` each, since every one costs 0.2 s.

A line `at UPTIME` is printed right before something breaks, see `hands.moment`.
"""

from __future__ import annotations

__all__ = [
    "ADD_CHAINS",
    "ARM",
    "CHAIN",
    "DISARM",
    "HEAL",
    "HOG",
    "HOG_END",
    "HOG_NAME",
    "MANIFEST_ASIDE",
    "MANIFEST_BACK",
    "PROCESSES",
    "REMOVE_CHAINS",
    "SIGNAL",
]

CHAIN = "KF-CHAOS-"
"""What the names of all our chains begin with."""
HOG_NAME = "kube-flask-chaos-hog"

# $1: a pod's name. HOSTNAME is looked for in the containers' first processes, since PostgreSQL overwrites
# its environment; then everybody in their PID namespaces is listed: `pid stat-after-the-name|command line`.
PROCESSES = r"""
cd /proc || exit
inits=$(grep -lzsx "HOSTNAME=$1" [0-9]*/environ | sed 's/environ/status/')
[ "$inits" ] || exit 0
for init in $(grep -lsE '^NSpid:.*[[:space:]]1$' $inits); do
  for pid in $(pgrep --ns "${init%%/*}" --nslist pid); do
    { read -r stat < "$pid/stat"; words=$(tr '\0' ' ' < "$pid/cmdline"); } 2>/dev/null || continue
    echo "$pid ${init%%/*} ${stat#*(}|$words"
  done
done
"""

# $1: a signal; then `pid:start`, so that a later process of the same number is spared.
SIGNAL = r"""
signal=$1; shift
read -r now _ < /proc/uptime; echo "at $now"
for it; do
  { read -r stat < "/proc/${it%%:*}/stat"; } 2>/dev/null || continue
  set -- ${stat##*) }
  [ "${20}" = "${it##*:}" ] && kill -s "$signal" "${it%%:*}" && echo "sent ${it%%:*}"
done
exit 0
"""

# $1: rules for iptables-restore, $2: rules for ip6tables-restore.
ADD_CHAINS = r"""
printf '%s\n' "$2" | ip6tables-restore --noflush || exit
read -r now _ < /proc/uptime; echo "at $now"
printf '%s\n' "$1" | iptables-restore --noflush
"""

# $1: seconds, $2: the timer's name, $3: a script, then its arguments. systemd keeps it whatever becomes of us. In a
# file, because systemd would look for variables of its own in the script's words.
ARM = r"""
after=$1; name=$2; file=/run/$2.sh
printf '%s\n' "$3" > "$file" || exit
shift 3
systemd-run --quiet --collect --on-active="$after" --timer-property=AccuracySec=1s --unit="$name" /bin/sh "$file" "$@"
"""

# $1: the timer's name. One that has gone off is no matter.
DISARM = 'systemctl stop "$1.timer" 2>/dev/null; rm -f "/run/$1.sh"'

# $1: what the names of the chains begin with. A table is changed in one go.
REMOVE_CHAINS = r"""
for tool in iptables ip6tables; do for table in raw mangle; do
  rules=$($tool -t $table -S | sed -n -e "s/^-A \([A-Z]* .*-j $1.*\)/-D \1/p" -e "s/^-N \($1.*\)/-F \1\n-X \1/p" \
    | grep -v "^-D $1" | sort)
  [ "$rules" ] || continue
  printf '*%s\n%s\nCOMMIT\n' $table "$rules" | $tool-restore --noflush || exit
  echo "$rules" | sed -n "s/^-X /chain $tool $table /p"
done; done
"""

# $1: the folder of the static pods' manifests, $2: the name of one, without its end.
MANIFEST_ASIDE = r"""
cd "$1" || exit
read -r now _ < /proc/uptime; echo "at $now"
[ ! -e "$2.yaml" ] || mv "$2.yaml" "../$2.kube-flask-chaos"
pkill -KILL -x "$2"
exit 0
"""

# $1: the folder. A manifest that is there again is left alone.
MANIFEST_BACK = r"""
cd "$1" 2>/dev/null || exit 0
for aside in ../*.kube-flask-chaos; do
  [ -e "$aside" ] || continue
  name=${aside##*/}; name=${name%.kube-flask-chaos}
  if [ -e "$name.yaml" ]; then rm "$aside"; else mv "$aside" "$name.yaml"; fi
  echo "manifest $name"
done
"""

# $1: seconds after which each of them ends by itself; one for every core.
HOG = rf"""
read -r now _ < /proc/uptime; echo "at $now"
for _ in $(seq "$(nproc)"); do
  setsid timeout "$1" sh -c 'while :; do :; done' {HOG_NAME} > /dev/null 2>&1 < /dev/null &
done
"""

HOG_END = rf"""
for pid in $(pgrep -f '{HOG_NAME}$'); do kill -s KILL $pid 2>/dev/null && echo "hog $pid"; done
"""

# $1: what our chains begin with, $2: the folder of the static pods' manifests.
# Only processes of pods are told to go on: nothing else on a node was stopped by us.
HEAL = rf"""
for pid in $(ps -A -o pid=,stat= | awk '$2 ~ /^T/ {{ print $1 }}'); do
  grep -qs kubepods /proc/$pid/cgroup || continue
  kill -s CONT $pid && echo "process $(cat /proc/$pid/comm)"
done
{HOG_END}
({REMOVE_CHAINS})
chains=$?
set -- "$2"
({MANIFEST_BACK})
exit $chains
"""
