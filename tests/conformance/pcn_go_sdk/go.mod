module bsn/conformance/pcn_go_sdk

go 1.21

require (
	github.com/BSNDA/PCNGateway-Go-SDK v1.1.0
	github.com/golang/protobuf v1.4.2
	github.com/hyperledger/fabric-protos-go v0.0.0-20200731202047-26a7cbf5129e
	github.com/tjfoc/gmsm v1.3.2
)

require (
	github.com/btcsuite/btcd v0.0.0-20171128150713-2e60448ffcc6 // indirect
	github.com/cloudflare/cfssl v1.4.1 // indirect
	github.com/ethereum/go-ethereum v1.9.18 // indirect
	github.com/google/certificate-transparency-go v1.0.21 // indirect
	github.com/pkg/errors v0.9.1 // indirect
	github.com/wonderivan/logger v1.0.0 // indirect
	golang.org/x/crypto v0.0.0-20200728195943-123391ffb6de // indirect
	golang.org/x/net v0.0.0-20200625001655-4c5254603344 // indirect
	golang.org/x/sys v0.0.0-20200806125547-5acd03effb82 // indirect
	golang.org/x/text v0.3.2 // indirect
	google.golang.org/genproto v0.0.0-20180817151627-c66870c02cf8 // indirect
	google.golang.org/grpc v1.23.0 // indirect
	google.golang.org/protobuf v1.23.0 // indirect
)
