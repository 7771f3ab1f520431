package main

import (
	"encoding/json"
	"fmt"

	"github.com/hyperledger/fabric-contract-api-go/v2/contractapi"
)

// Asset is the contract. Its functions are what apps call: asset.Register and so on.
type Asset struct {
	contractapi.Contract
}

// Thing is what somebody owns. All peers write the same bytes of it: members stand in one order.
type Thing struct {
	ID          string `json:"id"`
	Description string `json:"description"`
	Owner       string `json:"owner"`
}

// Register makes a thing the caller's.
func (a *Asset) Register(ctx contractapi.TransactionContextInterface, id string, description string) (*Thing, error) {
	stored, err := ctx.GetStub().GetState(id)
	if err != nil {
		return nil, err
	}
	if stored != nil {
		return nil, fmt.Errorf("there is a thing %s already", id)
	}
	owner, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	thing := &Thing{ID: id, Description: description, Owner: owner}
	if err := put(ctx, thing); err != nil {
		return nil, err
	}
	return thing, ctx.GetStub().SetEvent("registered", []byte(id))
}

// Transfer gives a thing to somebody else; only its owner may.
func (a *Asset) Transfer(ctx contractapi.TransactionContextInterface, id string, owner string) (*Thing, error) {
	thing, err := a.Read(ctx, id)
	if err != nil {
		return nil, err
	}
	by, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	if thing.Owner != by {
		return nil, fmt.Errorf("the thing %s is somebody else's", id)
	}
	thing.Owner = owner
	return thing, put(ctx, thing)
}

// Read finds a thing.
func (a *Asset) Read(ctx contractapi.TransactionContextInterface, id string) (*Thing, error) {
	stored, err := ctx.GetStub().GetState(id)
	if err != nil {
		return nil, err
	}
	if stored == nil {
		return nil, fmt.Errorf("there is no thing %s", id)
	}
	thing := &Thing{}
	return thing, json.Unmarshal(stored, thing)
}

func put(ctx contractapi.TransactionContextInterface, thing *Thing) error {
	content, err := json.Marshal(thing)
	if err != nil {
		return err
	}
	return ctx.GetStub().PutState(thing.ID, content)
}

// caller is the common name in the caller's certificate.
func caller(ctx contractapi.TransactionContextInterface) (string, error) {
	certificate, err := ctx.GetClientIdentity().GetX509Certificate()
	if err != nil {
		return "", err
	}
	return certificate.Subject.CommonName, nil
}
