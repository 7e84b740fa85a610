package shell

// What is run on the other host. Each script is one line of POSIX sh without a single quote, a backslash or an
// exclamation mark, and is handed to sh -c: so it goes through the login shell there, whichever that is. What bones
// wants to know is in lines that begin with a marker, a random word of this connection; all else that comes is
// what the host prints at each login.

// runScript runs a program and tells its version first: $1 is the marker, $2 the program, and the rest are its
// arguments. What is called so and does not say of itself that it is bones does not count.
const runScript = `m=$1; p=$2; shift 2; ` + isBones + `echo "$m run $v"; exec "$p" "$@";; esac; ` +
	`echo "$m none $(uname -s) $(uname -m)"; exit 127`

// terminalScript is runScript for a terminal, where nothing but the program may say something.
const terminalScript = `m=$1; p=$2; shift 2; ` + isBones + `exec "$p" "$@";; esac; exit 127`

// askScript says whether the program is there.
const askScript = `m=$1; p=$2; ` + isBones + `echo "$m run $v"; exit 0;; esac; ` +
	`echo "$m none $(uname -s) $(uname -m)"; exit 127`

const isBones = `v=$("$p" version 2>/dev/null </dev/null); case $v in "bones "*) `

// holdScript keeps a copy of a program as long as its standard input is open: $1 is the marker, $2 the size of the
// program in bytes, which comes first. The end of the connection, however it ends, closes that input, so that the
// directory is removed by the host itself. A directory on a file system where nothing may be executed is of no use.
const holdScript = `umask 077; m=$1; d=; ` +
	`c() { if [ -n "$d" ]; then rm -rf "$d"; [ -e "$d" ] || echo "$m removed"; d=; fi; }; ` +
	`trap c EXIT; trap "exit 1" HUP INT TERM PIPE; ` +
	`echo "$m host $(uname -s) $(uname -m)"; ` +
	`for t in "$TMPDIR" /tmp /var/tmp "$HOME"; do [ -d "$t" ] || continue; ` +
	`d=$(mktemp -d "$t/bones-XXXXXXXXXX" 2>/dev/null) || { d=; continue; }; ` +
	`echo "exit 0" >"$d/try"; chmod 700 "$d/try"; "$d/try" 2>/dev/null && break; rm -rf "$d"; d=; done; ` +
	`if [ -z "$d" ]; then echo "$m nowhere"; exit 1; fi; ` +
	`rm -f "$d/try"; echo "$m directory $d"; ` +
	`head -c "$2" >"$d/bones"; chmod 700 "$d/bones"; ` +
	`s=$(sha256sum "$d/bones"); echo "$m sum ${s%% *}"; cat >/dev/null`

// removeScript removes the directory $2 of holdScript, if it is still there.
const removeScript = `rm -rf "$2"; [ -e "$2" ] || echo "$1 removed"`
