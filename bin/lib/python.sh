# For the scripts beside this folder, after module.sh: a Python of the project's own, with our package and
# what others need beside it.

python=$root/target/python/bin/python

# make_python: that Python, in target/python, unless it is there. Not there afterwards if it cannot be had.
make_python() {
  local folder=$root/target/python
  local pins=$root/py4j-adapter/src/test/python/requirements.txt
  local jpype
  jpype=$(grep -h '^jpype1' "$root/integration-tests/src/test/python/requirements.txt")
  if ! cmp -s "$pins" "$folder/pins.txt"; then
    echo "making a Python in target/python (downloads NumPy, PyArrow, Py4J and JPype) ..." >&2
    rm -rf "$folder"
    if ! python3 -m venv "$folder" >&2 ||
      ! "$python" -m pip install --quiet -c "$pins" numpy pyarrow py4j "$jpype" >&2; then
      echo "$(basename "$0"): expected Python 3.10 or later with venv and pip but it failed" >&2
      rm -rf "$folder"
      return
    fi
    cp "$pins" "$folder/pins.txt"
  fi
  # From its sources, so that it is the one that there is now.
  export PYTHONPATH=$root/py4j-adapter/src/main/python/src
}
