// Package fisco runs the official Go SDK of FISCO BCOS 2.x, unmodified, against a node: by its channel port, or with
// FISCO_RPC by JSON-RPC over HTTP. ../run.py runs it.
//
// From the environment: FISCO_NODE (host:port), FISCO_CONF (folder with ca.crt, sdk.crt, sdk.key), FISCO_GROUP (1),
// FISCO_CHAIN (1), FISCO_COMPILED (folder of .abi and .bin files), FISCO_RPC (URL, in place of the channel port).
package fisco

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"math/big"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/FISCO-BCOS/go-sdk/abi"
	"github.com/FISCO-BCOS/go-sdk/abi/bind"
	"github.com/FISCO-BCOS/go-sdk/client"
	"github.com/FISCO-BCOS/go-sdk/conf"
	"github.com/FISCO-BCOS/go-sdk/core/types"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
)

const patience = 30 * time.Second

func environment(name, otherwise string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return otherwise
}

func number(t *testing.T, name, otherwise string) int {
	t.Helper()
	value, err := strconv.Atoi(environment(name, otherwise))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return value
}

func dial(t *testing.T, change func(*conf.Config)) (*client.Client, error) {
	t.Helper()
	key, err := crypto.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	folder := environment("FISCO_CONF", "conf")
	config := &conf.Config{
		ChainID:    int64(number(t, "FISCO_CHAIN", "1")),
		GroupID:    number(t, "FISCO_GROUP", "1"),
		CAFile:     filepath.Join(folder, "ca.crt"),
		Cert:       filepath.Join(folder, "sdk.crt"),
		Key:        filepath.Join(folder, "sdk.key"),
		PrivateKey: crypto.FromECDSA(key),
		NodeURL:    environment("FISCO_NODE", "127.0.0.1:20200"),
	}
	if url := os.Getenv("FISCO_RPC"); url != "" {
		config.IsHTTP, config.NodeURL = true, url
	}
	if change != nil {
		change(config)
	}
	return client.Dial(config)
}

var shared *client.Client

// connect answers the one connection of all tests. None closes it: a client that is closed reads on in a loop
// without a pause, and takes a processor from the tests behind it.
func connect(t *testing.T) *client.Client {
	t.Helper()
	if shared == nil {
		node, err := dial(t, nil)
		if err != nil {
			t.Fatal(err)
		}
		shared = node
	}
	return shared
}

type deployed struct {
	*bind.BoundContract
	address common.Address
	abi     abi.ABI
	receipt *types.Receipt
	node    *client.Client
}

func deploy(t *testing.T, node *client.Client, name string, values ...interface{}) deployed {
	t.Helper()
	folder := environment("FISCO_COMPILED", "../compiled")
	interfaces, err := os.ReadFile(filepath.Join(folder, name+".abi"))
	if err != nil {
		t.Fatal(err)
	}
	code, err := os.ReadFile(filepath.Join(folder, name+".bin"))
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := abi.JSON(strings.NewReader(string(interfaces)))
	if err != nil {
		t.Fatal(err)
	}
	_, receipt, contract, err := bind.DeployContractGetReceipt(
		node.GetTransactOpts(), parsed, common.FromHex(string(code)), node, values...)
	if err != nil {
		t.Fatal(err)
	}
	if receipt.Status != 0 {
		t.Fatalf("%s: status %d", name, receipt.Status)
	}
	return deployed{contract, receipt.ContractAddress, parsed, receipt, node}
}

func (d deployed) send(t *testing.T, function string, values ...interface{}) *types.Receipt {
	t.Helper()
	_, receipt, err := d.Transact(d.node.GetTransactOpts(), function, values...)
	if err != nil {
		t.Fatal(err)
	}
	return receipt
}

func (d deployed) text(t *testing.T) string {
	t.Helper()
	var value string
	if err := d.Call(d.node.GetCallOpts(), &value, "get"); err != nil {
		t.Fatal(err)
	}
	return value
}

func TestDeployedCalledChanged(t *testing.T) {
	node := connect(t)
	store := deploy(t, node, "Store", "first")
	if got := store.text(t); got != "first" {
		t.Fatalf("got %q", got)
	}
	receipt := store.send(t, "set", "second")
	if receipt.Status != 0 || len(receipt.Logs) != 1 {
		t.Fatalf("receipt %+v", receipt)
	}
	if got := store.text(t); got != "second" {
		t.Fatalf("got %q", got)
	}
	if receipt = store.send(t, "fail"); receipt.Status != 22 {
		t.Fatalf("status %d", receipt.Status)
	}
}

func TestSentWithoutWaiting(t *testing.T) {
	node := connect(t)
	if os.Getenv("FISCO_RPC") != "" {
		t.Skip("by the channel port only")
	}
	store := deploy(t, node, "Store", "first")
	done := make(chan error, 1)
	handler := func(receipt *types.Receipt, err error) { done <- err }
	if _, err := store.AsyncTransact(node.GetTransactOpts(), handler, "set", "later"); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-done:
		if err != nil {
			t.Fatal(err)
		}
	case <-time.After(patience):
		t.Fatal("no receipt")
	}
	if got := store.text(t); got != "later" {
		t.Fatalf("got %q", got)
	}
}

func TestEvidence(t *testing.T) {
	node := connect(t)
	evidence := deploy(t, node, "Evidence")
	var hash [32]byte
	if _, err := rand.Read(hash[:]); err != nil {
		t.Fatal(err)
	}
	if receipt := evidence.send(t, "deposit", hash, "from Go"); receipt.Status != 0 {
		t.Fatalf("status %d", receipt.Status)
	}
	var there bool
	if err := evidence.Call(node.GetCallOpts(), &there, "isDeposited", hash); err != nil || !there {
		t.Fatalf("not there: %v", err)
	}
	if receipt := evidence.send(t, "deposit", hash, ""); receipt.Status != 22 {
		t.Fatalf("status %d", receipt.Status)
	}
}

func TestTheChainIsRead(t *testing.T) {
	node := connect(t)
	ctx := context.Background()
	store := deploy(t, node, "Store", "read")
	height, err := node.GetBlockNumber(ctx)
	if err != nil {
		t.Fatal(err)
	}
	mined := new(big.Int).SetBytes(common.FromHex(store.receipt.BlockNumber)).Int64()
	if height < mined {
		t.Fatalf("height %d, mined in %d", height, mined)
	}
	block, err := node.GetBlockByNumber(ctx, mined, true)
	if err != nil || block.Hash != store.receipt.BlockHash || len(block.Transactions) == 0 {
		t.Fatalf("block %+v, %v", block, err)
	}
	again, err := node.GetBlockByHash(ctx, common.HexToHash(block.Hash), false)
	if err != nil || again.Number != block.Number {
		t.Fatalf("block %+v, %v", again, err)
	}
	hash := common.HexToHash(store.receipt.TransactionHash)
	transaction, err := node.GetTransactionByHash(ctx, hash)
	if err != nil || transaction.BlockHash != block.Hash {
		t.Fatalf("transaction %+v, %v", transaction, err)
	}
	receipt, err := node.GetTransactionReceipt(ctx, hash)
	if err != nil || receipt.ContractAddress != store.address {
		t.Fatalf("receipt %+v, %v", receipt, err)
	}
	if _, err = node.GetSyncStatus(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err = node.GetPeers(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err = node.GetTotalTransactionCount(ctx); err != nil {
		t.Fatal(err)
	}
	reads := map[string]func(context.Context) ([]byte, error){
		"sealers": node.GetSealerList, "observers": node.GetObserverList, "groups": node.GetGroupList,
		"nodes": node.GetNodeIDList, "view": node.GetPBFTView, "consensus": node.GetConsensusStatus,
	}
	for name, read := range reads {
		answer, err := read(ctx)
		if err != nil || !json.Valid(answer) {
			t.Errorf("%s: %s, %v", name, answer, err)
		}
	}
}

func TestEventsArePushed(t *testing.T) {
	if os.Getenv("FISCO_RPC") != "" {
		t.Skip("by the channel port only")
	}
	node := connect(t)
	store := deploy(t, node, "Store", "first")
	heard := make(chan types.Log, 16)
	params := types.EventLogParams{
		FromBlock: "latest", ToBlock: "latest", GroupID: node.GetGroupID().String(),
		Addresses: []string{store.address.Hex()},
		Topics:    []string{store.abi.Events["Changed"].ID().Hex()},
	}
	if _, err := node.SubscribeEventLogs(params, func(status int, logs []types.Log) {
		for _, log := range logs {
			heard <- log
		}
	}); err != nil {
		t.Fatal(err)
	}
	receipt := store.send(t, "set", "pushed")
	select {
	case log := <-heard:
		if log.TxHash.Hex() != receipt.TransactionHash || log.Address != store.address {
			t.Fatalf("log %+v", log)
		}
	case <-time.After(patience):
		t.Fatal("no event")
	}
}

func TestBlockNumbersArePushed(t *testing.T) {
	if os.Getenv("FISCO_RPC") != "" {
		t.Skip("by the channel port only")
	}
	node := connect(t)
	numbers := make(chan int64, 64)
	if err := node.SubscribeBlockNumberNotify(func(height int64) { numbers <- height }); err != nil {
		t.Fatal(err)
	}
	store := deploy(t, node, "Store", "first")
	mined := new(big.Int).SetBytes(common.FromHex(store.receipt.BlockNumber)).Int64()
	late := time.After(patience)
	for {
		select {
		case height := <-numbers:
			if height >= mined {
				return
			}
		case <-late:
			t.Fatal("no block number")
		}
	}
}

func TestAnotherChainOrSuiteIsRefused(t *testing.T) {
	if _, err := dial(t, func(config *conf.Config) { config.ChainID += 7 }); err == nil || !strings.Contains(err.Error(), "chain ID") {
		t.Fatalf("another chain: %v", err)
	}
	if _, err := dial(t, func(config *conf.Config) { config.IsSMCrypto = true }); err == nil || !strings.Contains(err.Error(), "mismatched") {
		t.Fatalf("another suite: %v", err)
	}
}
