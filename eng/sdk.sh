# Sourced: makes sure that the .NET SDK global.json asks for can be called, or says exactly how to get it.

readonly SDK_MAJOR=10

sdk_is_there() {
  command -v dotnet > /dev/null && dotnet --list-sdks 2> /dev/null | grep -q "^${SDK_MAJOR}\."
}

# $1: yes = may install
need_sdk() {
  [[ -d "$HOME/.dotnet" && ":$PATH:" != *":$HOME/.dotnet:"* ]] && PATH="$PATH:$HOME/.dotnet"
  if sdk_is_there; then
    return
  fi

  if [[ "$1" == yes && "$(id -u)" == 0 ]]; then
    echo "== the .NET $SDK_MAJOR SDK is missing; installing it with the system's package manager"
    install_sdk || true
    if sdk_is_there; then
      return
    fi
  fi

  cat >&2 << MESSAGE
The .NET $SDK_MAJOR SDK is missing. Get it in one of these ways, then run this again:
  Debian, Ubuntu   apt-get update && apt-get install -y dotnet-sdk-$SDK_MAJOR.0
  Fedora, RHEL     dnf install -y dotnet-sdk-$SDK_MAJOR.0
  Alpine           apk add dotnet$SDK_MAJOR-sdk
  macOS            brew install --cask dotnet-sdk
  any other        https://dotnet.microsoft.com/download/dotnet/$SDK_MAJOR.0
MESSAGE
  return 69
}

install_sdk() {
  if command -v apt-get > /dev/null; then
    apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y "dotnet-sdk-$SDK_MAJOR.0"
  elif command -v dnf > /dev/null; then
    dnf install -y "dotnet-sdk-$SDK_MAJOR.0"
  elif command -v apk > /dev/null; then
    apk add "dotnet$SDK_MAJOR-sdk"
  else
    echo "No package manager that is known here (apt-get, dnf, apk)." >&2
    return 1
  fi
}
