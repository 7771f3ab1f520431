//go:build tools

// Package engines pins the programs of Hyperledger Fabric that bsn runs beside itself, with all that they are built
// from.
package engines

import (
	_ "github.com/hyperledger/fabric/cmd/configtxgen"
	_ "github.com/hyperledger/fabric/cmd/orderer"
	_ "github.com/hyperledger/fabric/cmd/osnadmin"
	_ "github.com/hyperledger/fabric/cmd/peer"
)
