#!/bin/sh
# Whoever starts a program for root leaves it almost no descriptors, so that it shows a part of the processes as all of
# them.
#
#   descriptors.sh COUNT COMMAND [ARGUMENT...]
set -eu
for inherited in 3 4 5 6 7 8 9; do eval "exec $inherited>&-"; done
ulimit -n "$1"
shift
exec "$@"
