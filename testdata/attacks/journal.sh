#!/bin/sh
# Somebody writes a journal whose last change seems harmless and whose inverse is something else, and brings root to
# run `bones --journal FILE undo`.
#
#   journal.sh FILE KIND STATE INVERSE_KIND INVERSE
#
# STATE is the change that the journal tells of, INVERSE what is to bring it back, both as JSON.
set -eu
umask 077
common='"time":"2026-01-02T03:04:05Z","id":"x","uid":0,"pid":1'
{
	printf '{%s,"phase":"intent","kind":"%s","what":"touch /tmp/harmless in container web",' "$common" "$2"
	printf '"by_hand":"touch /tmp/harmless","state":%s}\n' "$3"
	printf '{%s,"phase":"done","undo":"rm /tmp/harmless","target":"container web",' "$common"
	printf '"inverse_kind":"%s","inverse":%s}\n' "$4" "$5"
} >"$1"
