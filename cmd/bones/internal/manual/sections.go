package manual

// hosts is about --host.
const hosts = `With --host, a command runs on another host: your own ssh connects to it, and the bones that is installed
there answers. Without a command, the terminal UI of that host opens. If the host has no bones, this one asks
(or is told by --yes) and then puts a copy of itself into a private directory there, for as long as the
connection lasts; the host itself removes the copy. With --with-copy bones does that even if the host has a
bones, for instance an older one.

HOST is user@host, ssh://user@host:port, or a name in ssh's configuration; context:NAME or NAME, a docker
context that is reached through ssh; or docker:, the host that docker itself would speak to. docker alone
means the same, if docker goes through ssh. ssh://NAME always is the host NAME.

With several hosts (--host A,B or --host A --host B) bones merges what containers, stats, health, events, ns,
ps, which and pid print into one table with the column HOST, or in JSON with the field host. bones reads all
hosts at the same time, and ssh asks no questions then. For a host that fails, bones prints one line that says
why; it also says so if a host has another version of bones that lacks a flag or a field. health --check gives
the worst status of all hosts; a host that does not answer is UNKNOWN.

With one host, the output is that of the bones there. Names of files on the command line are files of that
host; to read or write a file here, use -, as in bones --host db1 files get web /etc - | tar x. The login
shell there must understand quotes as the POSIX shell does.`

// targets, statuses, files and environment are what the first page says that is about no single command.
const targets = `TARGET is a PID, the name of a container, the beginning of a container's id, the path of a control group, or
self, which is bones. If a word could mean two things, pid:N, name:NAME, id:ID or cgroup:PATH decides; bones
lists what it could mean and does not guess. Digits alone are always a PID: a container that is called 326, or
whose id begins with 326, is name:326 or id:326. The root group, which holds all processes, is only cgroup:/.

POD, NAMESPACE/POD and NAMESPACE/POD/CONTAINER name the containers of pods; pod: before them decides. A command
that only reads takes all containers of a pod, if it can take several; a command that acts on one takes the
container that does the pod's work. The container that only holds a pod's namespaces is .../pause.

ns, enter, net, ports and reach also take a namespace: netns:NAME, ns:INODE, TYPE:INODE, TYPE:[INODE], an INODE
alone, which is higher than any PID, or ns:/FILE.

For a command that acts on a control group, a container means the group that its engine made for it; a PID
means the group of its container or, outside containers, its own; cgroup:PATH means exactly that group.`

const statuses = `0 if all went well; 1 if bones failed; 2 if the command line was wrong; 3 if there is no such target; 4 if
permission is missing. With --host it is the status of the bones there, or 255 if ssh failed. With several
hosts it is the status that all failures share, or else 1; for health --check it is the worst.

enter and unshare end with the status of the program that they ran, or with 128 plus the number of the signal
that ended it; with 125 if bones failed, also if the command line was wrong or there is no such target; with
126 if the program cannot be executed; with 127 if it does not exist.`

var files = []string{
	"/var/lib/bones/journal.jsonl", "Root's journal: what bones was about to change and what came of it, one JSON " +
		"object a line. bones undo and bones history read it.",
	"/var/lib/bones/recording", "What bones record wrote for root: a directory with one segment for each hour.",
	"$XDG_STATE_HOME/bones", "The journal and the recording of any other user; ~/.local/state/bones if XDG_STATE_HOME " +
		"is not set.",
	"$XDG_CONFIG_HOME/bones", "The settings of the terminal UI, such as columns and meters; ~/.config/bones if " +
		"XDG_CONFIG_HOME is not set.",
	"/run/bones, $XDG_RUNTIME_DIR/bones", "Which demos run: those of root, and those of other users.",
}

var environment = []string{
	"DOCKER_HOST, DOCKER_CONTEXT", "The host that docker would speak to; bones reads them for --host docker: or docker.",
	"NO_COLOR", "If it is set to anything, bones prints no colours.",
	"VISUAL, EDITOR", "The editor that bones files edit starts; vi if neither is set.",
	"GOMEMLIMIT", "How much memory bones may use, for example 512MiB. If that is too little, bones ends and says so.",
	"GOTRACEBACK", "If it is all, bones prints Go's traces when bones itself has a fault, instead of one line.",
	"TERM", "The kind of terminal. There is no terminal UI on one that cannot move its cursor.",
	"COLUMNS, TZ, LC_ALL, LC_CTYPE, LANG",
	"The width, the time zone and the character set of bones ps, which treats them as ps does.",
	"SHELL", "The program that bones unshare runs if none is named.",
	"XDG_STATE_HOME, XDG_CONFIG_HOME, XDG_RUNTIME_DIR, HOME",
	"Where bones keeps the files of a user other than root, and everybody's settings.",
}
