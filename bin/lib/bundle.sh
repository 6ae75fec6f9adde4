# For bin/gpu-check and its tests, after module.sh: what runs on a bare machine, as one file.

# The modules whose tests run on a GPU, too; TestedModule.java knows the same ones.
tested_modules=(cuda-adapter cudf-adapter)

# What they and the comparisons use of the JDK.
runtime_modules=java.base,java.logging,java.management,java.xml,jdk.jfr,jdk.unsupported,jdk.zipfs

# make_bundle FOLDER FILE: the bundle's folder in FOLDER, and all of it as FILE, a .tar.gz. The module gpu-check must be
# built.
make_bundle() {
  local bundle=$1/dlpack4j-gpu-check file=$2 jdk
  jdk=$(<"$root/target/jdk-home")
  rm -rf "$bundle"
  mkdir -p "$bundle/lib" "$bundle/tests" "$bundle/python/site"
  # Not compressed twice: together it gets smaller.
  "$jdk/bin/jlink" --add-modules "$runtime_modules" --strip-debug --no-header-files --no-man-pages \
    --compress zip-0 --output "$bundle/runtime"
  _copy_jars "$jdk" "$bundle"
  _copy_python "$bundle/python"
  cp "$root/gpu-check/src/main/sh/run" "$bundle/run"
  tar -czf "$file" -C "$1" dlpack4j-gpu-check
}

# Jars of the module's class path, its own classes, and the tests. Within Maven's reactor some are still folders.
_copy_jars() {
  local jdk=$1 bundle=$2 entry module entries
  IFS=: read -ra entries <<<"$(<"$root/gpu-check/target/classpath")"
  for entry in "${entries[@]}" "$root/gpu-check/target/classes"; do
    if [ -d "$entry" ]; then
      module=$(basename "$(dirname "$(dirname "$entry")")")
      "$jdk/bin/jar" --create --file "$bundle/lib/$module.jar" -C "$entry" .
    else
      cp "$entry" "$bundle/lib/"
    fi
  done
  for module in "${tested_modules[@]}"; do
    if [ -d "$root/$module/target/test-classes" ]; then
      "$jdk/bin/jar" --create --file "$bundle/tests/$module.jar" -C "$root/$module/target/test-classes" .
    fi
  done
  # What py4j_cuda_….py have in their JVM.
  local classes=$root/integration-tests/target/test-classes child=org/dlpack4j/it/child
  "$jdk/bin/jar" --create --file "$bundle/tests/integration-tests.jar" \
    -C "$classes" "$child/CudaHost.class" -C "$classes" "$child/Expect.class"
}

# Our package and the scripts; of other people's only what is pure Python, as the machine has its own of the rest.
_copy_python() {
  local python=$1 scripts=$root/integration-tests/src/test/python pin
  cp -r "$root/gpu-check/src/main/python/." "$python/"
  cp "$scripts"/{jni,joined,cuda_host,cuda_peer,cuda_roles}.py "$python/"
  cp "$scripts"/py4j_cuda_*.py "$python/outofprocess/"
  cp "$root/benchmarks/src/main/python/timing.py" "$python/comparisons/"
  cp -r "$root/py4j-adapter/src/main/python/src/dlpack4j" "$python/site/"
  pin=$(grep -h '^py4j==' "$root/py4j-adapter/src/test/python/requirements.txt")
  if ! python3 -m pip install --quiet --disable-pip-version-check --no-deps --no-compile --target "$python/site" \
    --root-user-action ignore "$pin" >&2; then
    echo "$(basename "$0"): expected $pin from pip but it failed; tests of other processes will not run" >&2
  fi
  find "$python" -name __pycache__ -prune -exec rm -rf {} +
}
