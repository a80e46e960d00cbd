#!/bin/sh
# Prints the unit as a package has it: the program is in /usr/bin, and the comment about
# installing it is gone.
set -e
sed -e '1s/ To install it, .*//' -e '2,/^#   systemctl enable/d' -e 's,/usr/local/bin/teahouse,/usr/bin/teahouse,g' \
  "$(dirname "$0")/../teahouse.service"
