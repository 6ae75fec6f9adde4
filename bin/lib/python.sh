# For the scripts beside this folder, after module.sh: Pythons of the project's own, with our package and what others
# need beside it.

python=$root/target/python/bin/python

# From its sources, so that it is the one that there is now.
export PYTHONPATH=$root/py4j-adapter/src/main/python/src

# make_python: that Python, in target/python, unless it is there. Not there afterwards if it cannot be had.
make_python() {
  local pins=$root/py4j-adapter/src/test/python/requirements.txt
  local jpype
  jpype=$(grep -h '^jpype1' "$root/integration-tests/src/test/python/requirements.txt")
  install_python python "$pins" "NumPy, PyArrow, Py4J and JPype, 70 MB" -c "$pins" numpy pyarrow py4j "$jpype"
}

# install_python NAME PINS WHAT PIP_ARGUMENT...: sets $python to one in target/NAME, made anew when its pins change.
# Shows what is downloaded. Not there afterwards if it cannot be had.
install_python() {
  local folder=$root/target/$1 pins=$2 what=$3
  shift 3
  python=$folder/bin/python
  if cmp -s "$pins" "$folder/pins.txt"; then
    return
  fi
  echo "making a Python in ${folder#"$root/"} (downloads $what) ..." >&2
  rm -rf "$folder"
  if ! python3 -m venv "$folder" >&2 ||
    ! "$python" -m pip install --disable-pip-version-check --progress-bar off "$@" 2>&1 |
    tee "$folder/pip.log" | { grep --line-buffered -E '^ *(Downloading|Installing|ERROR)' >&2 || true; }; then
    echo "$(basename "$0"): expected Python 3.10 or later with venv and pip but it failed" >&2
    rm -rf "$folder"
    return
  fi
  cp "$pins" "$folder/pins.txt"
}
