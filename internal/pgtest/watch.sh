# Runs a command that works on folder $1, and ends it when told: watch DIR COMMAND…
#
# Standard input is a pipe whose other end the test process holds. A line on it
# is the signal to send to the command. Its end means that the test process is
# gone, by whatever death: then the command ends at once and the folder goes.
# This works after kill -9, on every Unix, and does not depend on threads.
dir=$1
shift
cd / || exit 1
exec 3<&0 </dev/null

"$@" 3<&- &
command=$!

{
	if ! read -r signal <&3; then
		signal=QUIT
		: >"$dir/orphaned"
	fi
	# Again and again: a server that has just been started does not hear the first.
	while kill -s "$signal" "$command" 2>/dev/null; do sleep 1; done
} &
listener=$!
exec 3<&-

wait "$command"
status=$?
# The command's number may be given to another process now: stop listening.
kill "$listener" 2>/dev/null
if [ -e "$dir/orphaned" ]; then
	# Again, because a child of the command may have written meanwhile.
	rm -rf "$dir" 2>/dev/null || { sleep 2; rm -rf "$dir"; }
else
	echo "$status" >"$dir/ended"
fi
exit "$status"
