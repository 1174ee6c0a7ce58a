#!/usr/bin/env bash
# Fetches the Kafka broker's jars into `.kafka/libs`, once per version: tests and `barrage cluster up` start it from there.
# Needs Maven and a JDK >= 17.
set -euo pipefail
cd "$(dirname "$0")/../.."

wanted=$(sha256sum <scripts/kafka/pom.xml)
[ "$(cat .kafka/fetched 2>/dev/null || true)" = "$wanted" ] && exit 0

rm -rf .kafka/new
mvn -B -q -f scripts/kafka/pom.xml dependency:copy-dependencies \
  -DincludeScope=runtime -DoutputDirectory="$PWD/.kafka/new"
rm -rf .kafka/libs .kafka/classes.jsa
mv .kafka/new .kafka/libs
printf '%s\n' "$wanted" >.kafka/fetched
node scripts/with-node.mjs scripts/kafka/warm.ts
