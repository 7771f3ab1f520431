package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"

	"github.com/BSNDA/PCNGateway-Go-SDK/pkg/client/fabric"
	"github.com/BSNDA/PCNGateway-Go-SDK/pkg/core/entity/enum"
	"github.com/BSNDA/PCNGateway-Go-SDK/pkg/core/entity/msp"
	"github.com/BSNDA/PCNGateway-Go-SDK/pkg/util/crypto/secp256r1"
	"github.com/BSNDA/PCNGateway-Go-SDK/pkg/util/crypto/sm"
	"github.com/tjfoc/gmsm/sm2"
)

type newUser struct {
	Name string `json:"name"`
}

// makeUser makes the SDK believe that a user is enrolled, so that it signs proposals.
func makeUser(sdk *fabric.FabricClient) func(newUser) (any, error) {
	return func(body newUser) (any, error) {
		app := sdk.Config.GetAppInfo()
		user := &msp.UserData{UserName: body.Name, AppCode: app.AppCode, MspId: app.MspId,
			EnrollmentCertificate: []byte("none")}
		if app.AlgorithmType == enum.AppAlgorithmType_SM2 {
			key, err := sm2.GenerateKey()
			if err != nil {
				return nil, err
			}
			user.SetSignHandle(sm.NewTransUserSMHandle(key))
		} else {
			key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
			if err != nil {
				return nil, err
			}
			user.SetSignHandle(secp256r1.NewTransUserR1Handle(key))
		}
		sdk.Users[body.Name] = user
		return nil, nil
	}
}
