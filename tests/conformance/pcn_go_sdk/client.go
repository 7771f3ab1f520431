package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/big"

	"github.com/BSNDA/PCNGateway-Go-SDK/pkg/client/cita"
	"github.com/BSNDA/PCNGateway-Go-SDK/pkg/client/fabric"
	fisco "github.com/BSNDA/PCNGateway-Go-SDK/pkg/client/fisco-bcos"
	"github.com/BSNDA/PCNGateway-Go-SDK/pkg/client/xuperchain"
	"github.com/BSNDA/PCNGateway-Go-SDK/pkg/core/config"
	fabricuser "github.com/BSNDA/PCNGateway-Go-SDK/pkg/core/entity/req/fabric/user"
	"github.com/BSNDA/PCNGateway-Go-SDK/pkg/core/entity/req/fiscobcos/node"
	citaanswer "github.com/BSNDA/PCNGateway-Go-SDK/pkg/core/entity/res/cita/node"
	fiscoanswer "github.com/BSNDA/PCNGateway-Go-SDK/pkg/core/entity/res/fiscobcos/node"
)

// A call takes its body as JSON and gives the SDK's answer back.
type call func(body json.RawMessage) (any, error)

// with is a function of the SDK that takes a body.
func with[Body, Answer any](ask func(Body) (Answer, error)) call {
	return func(given json.RawMessage) (any, error) {
		var body Body
		decoder := json.NewDecoder(bytes.NewReader(given))
		decoder.UseNumber()
		if err := decoder.Decode(&body); err != nil {
			return nil, err
		}
		return ask(body)
	}
}

// bare is one without.
func bare[Answer any](ask func() (Answer, error)) call {
	return func(json.RawMessage) (any, error) { return ask() }
}

type client struct {
	calls  map[string]call
	verify func(mac, text string) bool
}

func newClient(family string, app *config.Config) (*client, error) {
	switch family {
	case "fabric":
		sdk, err := fabric.InitFabricClient(app)
		if err != nil {
			return nil, err
		}
		return &client{verify: sdk.Verify, calls: map[string]call{
			"RegisterUser": with(sdk.RegisterUser), "EnrollUser": with(enroll(sdk)), "MakeUser": with(makeUser(sdk)),
			"ReqChainCode": with(sdk.ReqChainCode), "SdkTran": with(sdk.SdkTran), "GetTransInfo": with(sdk.GetTransInfo),
			"GetBlockInfo": with(sdk.GetBlockInfo), "GetLedgerInfo": bare(sdk.GetLedgerInfo),
			"GetBlockData": with(blockData(sdk)), "GetTransData": with(transactionData(sdk)),
			"EventRegister": with(sdk.EventRegister), "EventQuery": bare(sdk.EventQuery),
			"EventRemove": with(sdk.EventRemove),
		}}, nil
	case "fiscobcos":
		sdk, err := fisco.NewFiscoBcosClient(app)
		if err != nil {
			return nil, err
		}
		return &client{verify: sdk.Verify, calls: map[string]call{
			"RegisterUser": with(sdk.RegisterUser), "ReqChainCode": with(sdk.ReqChainCode), "Trans": with(transact(sdk)),
			"GetBlockInfo": with(sdk.GetBlockInfo), "GetBlockHeight": bare(sdk.GetBlockHeight),
			"GetTxCount": bare(sdk.GetTxCount), "GetTxCountByBlockNumber": with(sdk.GetTxCountByBlockNumber),
			"GetTxReceiptByTxHash": with(sdk.GetTxReceiptByTxHash), "GetTxInfoByTxHash": with(sdk.GetTxInfoByTxHash),
			"EventRegister": with(sdk.EventRegister), "EventQuery": bare(sdk.EventQuery),
			"EventRemove": with(sdk.EventRemove),
		}}, nil
	case "xuperchain":
		sdk, err := xuperchain.NewXuperChainClient(app)
		if err != nil {
			return nil, err
		}
		return &client{verify: sdk.Verify, calls: map[string]call{
			"RegisterUser": with(sdk.RegisterUser), "ReqChainCode": with(sdk.ReqChainCode), "SdkTran": with(sdk.SdkTran),
			"GetTxInfo": with(sdk.GetTxInfo), "GetBlockInfo": with(sdk.GetBlockInfo),
			"RegisterEvent": with(sdk.RegisterEvent), "QueryEvent": bare(sdk.QueryEvent),
			"RemoveEvent": with(sdk.RemoveEvent),
		}}, nil
	case "cita":
		sdk, err := cita.NewCitaClient(app)
		if err != nil {
			return nil, err
		}
		return &client{verify: sdk.Verify, calls: map[string]call{
			"RegisterUser": with(sdk.RegisterUser), "ReqChainCode": with(sdk.ReqChainCode),
			"GetBlockInfo": with(sdk.GetBlockInfo), "GetBlockHeight": bare(sdk.GetBlockHeight),
			"GetTxReceiptByTxHash": with(sdk.GetTxReceiptByTxHash), "GetTxInfoByTxHash": with(sdk.GetTxInfoByTxHash),
		}}, nil
	}
	return nil, fmt.Errorf("there is no family %q", family)
}

// enroll gives the one function without an answer its form.
func enroll(sdk *fabric.FabricClient) func(fabricuser.RegisterReqDataBody) (any, error) {
	return func(body fabricuser.RegisterReqDataBody) (any, error) { return nil, sdk.EnrollUser(body) }
}

// transact makes numbers what the SDK's encoder takes for them.
func transact(sdk *fisco.FiscoBcosClient) func(node.TransData) (*fiscoanswer.TransResData, error) {
	return func(data node.TransData) (*fiscoanswer.TransResData, error) {
		for i, one := range data.Args {
			if number, is := one.(json.Number); is {
				whole, good := new(big.Int).SetString(number.String(), 10)
				if !good {
					return nil, fmt.Errorf("%s is no whole number", number)
				}
				data.Args[i] = whole
			}
		}
		return sdk.Trans(data)
	}
}

func (c *client) do(asked request) reply {
	chosen, known := c.calls[asked.Call]
	if !known {
		return reply{Error: fmt.Sprintf("there is no call %q", asked.Call)}
	}
	answer, err := chosen(asked.Body)
	if err != nil {
		return reply{Error: err.Error()}
	}
	return reply{Answer: answer, MacHolds: c.macHolds(answer)}
}

// refused says whether the gateway refused; such an answer has no body.
func refused(answer any) bool {
	var head struct {
		Header struct{ Code int }
	}
	text, err := json.Marshal(answer)
	return err == nil && json.Unmarshal(text, &head) == nil && head.Header.Code != 0
}

// macHolds says whether the answer's mac is the gateway's; nil where there is no answer.
func (c *client) macHolds(answer any) *bool {
	type signed interface {
		GetMac() string
		GetBaseEncryptionValue() string
	}
	said, is := answer.(signed)
	if !is {
		return nil
	}
	text := said.GetBaseEncryptionValue()
	if !refused(answer) {
		switch is := answer.(type) {
		case *fiscoanswer.BlockTxReceiptResData: // whose own function calls itself without end
			text += is.Body.GetEncryptionValue()
		case *citaanswer.BlockTxReceiptResData: // the same
			text += is.Body.GetEncryptionValue()
		case interface{ GetEncryptionValue() string }:
			text = is.GetEncryptionValue()
		}
	}
	holds := said.GetMac() != "" && c.verify(said.GetMac(), text)
	return &holds
}
