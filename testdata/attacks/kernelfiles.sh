# Root of a user namespace binds files of the host's kernel file systems over files of his container, and waits for
# root of the host to write to one of them. Usage, in a user and a mount namespace of his own: sh kernelfiles.sh DIR
# FILE... ; the first FILE is then DIR/1, and so on. A FILE that is a directory is bound as one. Prints "ready".
set -e
dir=$1
shift
mount -t tmpfs none "$dir"
n=0
for file; do
	n=$((n + 1))
	if [ -d "$file" ]; then mkdir "$dir/$n"; else : > "$dir/$n"; fi
	mount --bind "$file" "$dir/$n"
done
: > "$dir/ordinary"
echo ready
exec sleep 1000
