package main

import (
	"encoding/base64"
	"encoding/json"
	"strconv"

	"github.com/BSNDA/PCNGateway-Go-SDK/pkg/client/fabric"
	"github.com/BSNDA/PCNGateway-Go-SDK/pkg/core/entity/base"
	"github.com/BSNDA/PCNGateway-Go-SDK/pkg/core/entity/req/fabric/node"
	"github.com/BSNDA/PCNGateway-Go-SDK/pkg/util/http"
	"github.com/golang/protobuf/proto"
	"github.com/hyperledger/fabric-protos-go/common"
	"github.com/hyperledger/fabric-protos-go/peer"
)

// Two calls that this version of the SDK lacks and its successor has, in its terms: signed and sent by the SDK, and
// decoded as its successor does it, with Fabric's own messages.

// A transaction as its envelope says.
type transaction struct {
	Channel string `json:"channel"`
	ID      string `json:"id"`
	Type    int32  `json:"type"`
	Code    int32  `json:"code"`
}

type blockAnswer struct {
	base.BaseResModel
	Body *struct {
		BlockHash    string `json:"blockHash"`
		BlockNumber  uint64 `json:"blockNumber"`
		PreBlockHash string `json:"preBlockHash"`
		BlockData    string `json:"blockData"`
	} `json:"body"`
	Number       uint64        `json:"number"`
	PreviousHash []byte        `json:"previousHash"`
	Transactions []transaction `json:"transactions"`
}

func (a *blockAnswer) GetEncryptionValue() string {
	return a.GetBaseEncryptionValue() + a.Body.BlockHash + strconv.FormatUint(a.Body.BlockNumber, 10) +
		a.Body.PreBlockHash + a.Body.BlockData
}

type transactionAnswer struct {
	base.BaseResModel
	Body *struct {
		TxId      string `json:"txId"`
		TransData string `json:"transData"`
	} `json:"body"`
	Transaction transaction `json:"transaction"`
}

func (a *transactionAnswer) GetEncryptionValue() string {
	return a.GetBaseEncryptionValue() + a.Body.TxId + a.Body.TransData
}

func post(sdk *fabric.FabricClient, path string, asked any, answer any) error {
	text, err := json.Marshal(asked)
	if err != nil {
		return err
	}
	said, err := http.SendPost(text, sdk.GetURL(path), sdk.Config.GetCert())
	if err != nil {
		return err
	}
	return json.Unmarshal(said, answer)
}

func decode(text string, message proto.Message) error {
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return err
	}
	return proto.Unmarshal(data, message)
}

func shown(envelope *common.Envelope) (transaction, error) {
	payload, header := &common.Payload{}, &common.ChannelHeader{}
	if err := proto.Unmarshal(envelope.Payload, payload); err != nil {
		return transaction{}, err
	}
	err := proto.Unmarshal(payload.Header.ChannelHeader, header)
	return transaction{Channel: header.ChannelId, ID: header.TxId, Type: header.Type}, err
}

func blockData(sdk *fabric.FabricClient) func(node.BlockReqDataBody) (*blockAnswer, error) {
	return func(body node.BlockReqDataBody) (*blockAnswer, error) {
		asked := &node.BlockReqData{Body: body}
		asked.Header = sdk.GetHeader()
		asked.Mac = sdk.Sign(asked.GetEncryptionValue())
		answer := &blockAnswer{}
		if err := post(sdk, "/api/fabric/v1/node/getBlockData", asked, answer); err != nil || answer.Body == nil {
			return answer, err
		}
		block := &common.Block{}
		if err := decode(answer.Body.BlockData, block); err != nil {
			return nil, err
		}
		answer.Number, answer.PreviousHash = block.Header.Number, block.Header.PreviousHash
		for i, data := range block.Data.Data {
			envelope := &common.Envelope{}
			if err := proto.Unmarshal(data, envelope); err != nil {
				return nil, err
			}
			one, err := shown(envelope)
			if err != nil {
				return nil, err
			}
			one.Code = int32(block.Metadata.Metadata[common.BlockMetadataIndex_TRANSACTIONS_FILTER][i])
			answer.Transactions = append(answer.Transactions, one)
		}
		return answer, nil
	}
}

func transactionData(sdk *fabric.FabricClient) func(node.TxTransReqDataBody) (*transactionAnswer, error) {
	return func(body node.TxTransReqDataBody) (*transactionAnswer, error) {
		asked := &node.TxTransReqData{Body: body}
		asked.Header = sdk.GetHeader()
		asked.Mac = sdk.Sign(asked.GetEncryptionValue())
		answer := &transactionAnswer{}
		if err := post(sdk, "/api/fabric/v1/node/getTransdata", asked, answer); err != nil || answer.Body == nil {
			return answer, err
		}
		processed := &peer.ProcessedTransaction{}
		if err := decode(answer.Body.TransData, processed); err != nil {
			return nil, err
		}
		var err error
		answer.Transaction, err = shown(processed.TransactionEnvelope)
		answer.Transaction.Code = processed.ValidationCode
		return answer, err
	}
}
