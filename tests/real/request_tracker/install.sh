#!/usr/bin/env bash
# Installs Request Tracker 5 from Debian's packages, with others in the same call: install.sh [PACKAGE ...]
# Needs root. Makes no database and starts nothing; safe to run again.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
# The package's own database is not used, so debconf is told not to make one.
printf '%s\n' \
    'request-tracker5 request-tracker5/dbconfig-install boolean false' \
    'request-tracker5 request-tracker5/rtname string rt.example' \
    'request-tracker5 request-tracker5/organization string rt.example' | debconf-set-selections
apt-get install -y -qq --no-install-recommends request-tracker5 rt5-db-sqlite rt5-standalone "$@"
