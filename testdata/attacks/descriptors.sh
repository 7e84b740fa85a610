#!/bin/sh
# Whoever starts a program for root leaves it almost no descriptors, so that it shows a part of the processes as all of
# them.
#
#   descriptors.sh COUNT COMMAND [ARGUMENT...]
set -eu
ulimit -n "$1"
shift
exec "$@"
