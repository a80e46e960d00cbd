#!/bin/sh
# Reports in the room how a build went and, if it failed, the end of its output:
#
#     TEAHOUSE='ssh -p 2222 ci@chat.example.org' ./build.sh make test
#
# The output piped into "say" becomes one message, which folds on people's screens. The exit
# code is the build's, whether or not the message could be sent.
out=$("$@" 2>&1); code=$?; { [ $code = 0 ] && echo "passed: $*" || { echo "FAILED ($code): $*"; echo "$out" | tail -n 20; }; } | $TEAHOUSE say; exit $code
