#!/usr/bin/env bash
# Makes feedmill_VERSION_ARCH.deb from an installed tree: build.sh TREE VERSION OUTPUT-FOLDER.
# `make deb` calls it.
set -eu
tree=$1 version=$2 out=$3
here=$(cd "$(dirname "$0")" && pwd)
arch=$(dpkg --print-architecture)
doc=$tree/usr/share/doc/feedmill
strip --strip-unneeded --remove-section=.comment --remove-section=.note "$tree/usr/bin/feedmill"
find "$tree/usr/share/man" -name '*.[1-8]' -exec gzip -9n {} +
{
  echo "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/"
  echo "Upstream-Name: feedmill"
  echo
  echo "Files: *"
  sed -n 's/^Copyright (c) /Copyright: /p' "$doc/LICENSE"
  echo "License: Expat"
  sed '1,/^Copyright/d; 1,/./{/^$/d}; s/^$/./; s/^/ /' "$doc/LICENSE"
} >"$doc/copyright"
rm "$doc/LICENSE"
gzip -9nc "$here/changelog" >"$doc/changelog.gz"
mkdir -p "$tree/DEBIAN"
(cd "$tree" && find etc -type f -printf '/%p\n' | sort) >"$tree/DEBIAN/conffiles"
for script in postinst prerm postrm; do install -m 755 "$here/$script" "$tree/DEBIAN/$script"; done
# dpkg-shlibdeps wants a source package around it.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/debian"
printf 'Source: feedmill\n\nPackage: feedmill\nArchitecture: any\n' >"$work/debian/control"
program=$(cd "$tree" && pwd)/usr/bin/feedmill
depends=$(cd "$work" && dpkg-shlibdeps -O "$program" 2>/dev/null | sed -n 's/^shlibs:Depends=//p')
sed -e "s|@VERSION@|$version|; s|@ARCH@|$arch|; s|@DEPENDS@|$depends|" \
  -e "s|@SIZE@|$(du -sk "$tree/usr" "$tree/etc" | awk '{s += $1} END {print s}')|" \
  "$here/control.in" >"$tree/DEBIAN/control"
(cd "$tree" && find usr lib -type f 2>/dev/null -exec md5sum {} + | sort -k 2) >"$tree/DEBIAN/md5sums"
dpkg-deb --root-owner-group --build "$tree" "$out/feedmill_${version}_$arch.deb"
