//go:build tools

// Package engines pins the programs that bsn runs beside itself, with all that they are built from.
package engines

import _ "github.com/cometbft/cometbft/cmd/cometbft"
