#!/bin/sh
# scripts/test.sh [pytest's arguments]: the tests, called by make in the environment that it has made.
#
# The book is built and a browser looked for where tests of the browser are among the arguments: that is,
# unless the paths that are named are all of other tests.
cd "$(dirname "$0")/.." || exit 1
export OPENBLAS_NUM_THREADS=1 # the arrays are small: threads would only wait for each other
paths= browser=
for argument in "$@"; do
  case $argument in
    tests | tests/ | tests/browser*) browser=yes ;;
    tests/*) paths=yes ;;
  esac
done
if [ -n "$browser" ] || [ -z "$paths" ]; then
  .venv/bin/python tests/browser/find_browser.py && .venv/bin/python scripts/book.py || exit 1
fi
# All of them on two cores, a file on one: its tests share pages. In their own order, the long ones of the browser first, so that both
# cores end together. Fewer are run in a row, with their output as it comes.
[ "$#" -gt 0 ] || set -- -n 2 --dist loadfile --no-loadscope-reorder
exec .venv/bin/python -m pytest "$@"
