#!/bin/sh
# Says in the room how a build went, and of one that failed the end of what it printed:
#
#     TEAHOUSE='ssh -p 2222 ci@chat.example.org' ./build.sh make test
#
# What is piped into "say" becomes one message, which folds on people's screens. The
# exit code is that of the build, whether or not the house could be told.
out=$("$@" 2>&1); code=$?; { [ $code = 0 ] && echo "passed: $*" || { echo "FAILED ($code): $*"; echo "$out" | tail -n 20; }; } | $TEAHOUSE say; exit $code
