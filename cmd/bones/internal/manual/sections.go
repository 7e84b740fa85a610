package manual

// hosts is about --host.

const hosts = `With --host a command runs on another host, by the user's own ssh, and the bones there answers; without a
command it is the terminal UI of that host. Where the host has no bones, a copy of this one is put into
a private directory for as long as the connection lasts, after a question or with --yes, and removed by
the host itself. --with-copy does so also where the host has a bones, as when that is older.

HOST is user@host or a name of ssh's configuration, ssh://user@host:port, context:NAME or NAME, a docker
context that is reached through ssh, or docker:, what docker itself would speak to. docker alone is that
too, if it goes through ssh; ssh://NAME is the host of that name in any case.

Of several hosts, --host A,B or --host A --host B, containers, stats, health, events, ns, ps, which and
pid are merged into one table with the column HOST, or in JSON with the field host. They are read at the
same time, and ssh asks no questions then. A host that fails is told in a line, as is one whose bones is
another that lacks a flag or a field. health --check gives the worst status of all; a host that does not
answer is UNKNOWN. With one host the output is that of the
bones there. Files that are named on the command line are those of the other host, and what is read or
written here is -, as in bones --host db1 files get web /etc - | tar x. The login shell there must take
quotes as the POSIX shell does.`

// What the first page says that is about no single command.

const targets = `TARGET is a PID, a container's name, the beginning of its id that no other has, a control group's path,
or self, which is bones. pid:N, name:NAME, id:ID and cgroup:PATH decide where it could be two things;
what could be several is listed and not guessed. Digits alone are a PID and nothing else: a container
that is called 326, or whose id begins so, is name:326 or id:326. The root group of all processes is
cgroup:/ and nothing shorter.

POD, NAMESPACE/POD and NAMESPACE/POD/CONTAINER name the containers of pods, pod: before them decides.
What only reads takes a pod whole, where several containers can be meant; what acts on one takes
the one that does the pod's work. The container that only holds a pod's namespaces is .../pause.

ns, enter, net, ports and reach take a namespace, too: netns:NAME, ns:INODE, TYPE:INODE, TYPE:[INODE],
an INODE alone, which is higher than any PID, and ns:/FILE.

Where a command acts on a control group, a container means the group that its engine made for it, a PID
the group of its container, or its own where it is in none, and cgroup:PATH exactly that group.`

const statuses = `0 when all went well; 1 when it failed; 2 for wrong usage; 3 when there is no such target; 4 when it
is not permitted. With --host it is the status of bones there, and 255 when ssh failed; of several hosts
the status that all failures share, else 1; of health --check the worst.

enter and unshare hand back the status of the program that they ran, or 128 plus the number of the
signal that ended it; 125 when bones failed, also for wrong usage or a target that is not there, 126
when the program could not be executed, 127 when it was not found.`

var files = []string{
	"/var/lib/bones/journal.jsonl", "The journal of root: what bones was about to change and what came of it, a JSON " +
		"object a line. bones undo and bones history read it.",
	"$XDG_STATE_HOME/bones/journal.jsonl",
	"The journal of everybody else; ~/.local/state where XDG_STATE_HOME is not set.",
	"/run/bones, $XDG_RUNTIME_DIR/bones", "The demos that were started, of root and of others.",
}

var environment = []string{
	"DOCKER_HOST, DOCKER_CONTEXT", "What docker would speak to; read for --host docker: or docker alone.",
	"NO_COLOR", "Set to anything: no colours.",
	"VISUAL, EDITOR", "The editor of bones files edit; vi without.",
	"GOMEMLIMIT", "How much memory bones may take, 512MiB for example; it ends with one line where that is too little.",
	"GOTRACEBACK", "Set to all: where bones itself has a fault, the traces of Go in place of one line.",
	"TERM", "The terminal; on one that cannot move its cursor there is no terminal UI.",
	"COLUMNS, TZ, LC_ALL, LC_CTYPE, LANG",
	"The width, the time zone and the character set of bones ps, as ps takes them.",
	"SHELL", "What bones unshare runs without a program.",
	"XDG_STATE_HOME, XDG_RUNTIME_DIR, HOME", "Where the journal and the demos of a user other than root are kept.",
}
