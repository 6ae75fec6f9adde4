# For the scripts beside this folder: builds a module and runs its classes on the JDK that the build
# found. Needs Maven, and what the build needs.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

# build MODULE [MAVEN_ARGUMENT...]: the module and what it depends on, without tests. Shows what is being
# built; the rest is in target/build.log.
build() {
  local module=$1
  shift
  local log=$root/target/build.log
  if ! command -v mvn >/dev/null; then
    echo "$(basename "$0"): needs Maven 3.8.7 or later: install the package maven, or put mvn on the PATH" >&2
    exit 1
  fi
  mkdir -p "$root/target"
  echo "building (a first build downloads its tools and takes minutes) ..." >&2
  if ! (cd "$root" && mvn -B package -DskipTests -Dmaven.test.skip=true -pl "$module" -am "$@") 2>&1 | tee "$log" |
    { grep --line-buffered -o 'Building dlpack4j.*\]' >&2 || true; }; then
    grep -E '^\[(ERROR|WARNING)\]' "$log" >&2 || tail -n 20 "$log" >&2
    exit 1
  fi
}

# build_if_older MODULE FOLDERS [MAVEN_ARGUMENT...]: the same, unless nothing in these folders (separated by
# spaces) is newer than the last build of the module: Maven alone takes longer than a short command.
build_if_older() {
  local module=$1 folders=$2
  local built=$root/$module/target/$module-built
  shift 2
  # shellcheck disable=SC2086 # One argument for each folder.
  if [[ -f $built && -f $root/target/jdk-home && -x $(<"$root/target/jdk-home")/bin/java ]] && [[ -z $(cd "$root" && find pom.xml $folders \
    \( -name target -o -path '*/src/test' \) -prune -o -type f -newer "$built" -print -quit) ]]; then
    return
  fi
  build "$module" "$@"
  touch "$built"
}

# run MODULE ARGUMENT...: java with the module's class path and native access.
run() {
  local module=$root/$1
  shift
  local jars=("$module"/target/*-SNAPSHOT.jar)
  "$(<"$root/target/jdk-home")/bin/java" --enable-native-access=ALL-UNNAMED \
    -cp "${jars[0]}:$(<"$module/target/classpath")" "$@"
}
