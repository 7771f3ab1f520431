// Command pcn_go_sdk drives the official Go SDK of city-node gateways, unmodified, against a gateway.
// tests/e2e/official_go_sdk_test.py runs it.
//
// Its one argument is a file of settings in JSON (type settings). Then it reads a line for each call,
//
//	{"call": "GetBlockInfo", "body": {"blockNumber": 1}}
//
// and writes a line with what the SDK gave back:
//
//	{"answer": {"header": …, "mac": …, "body": …}, "mac_holds": true}     or     {"error": "…"}
//
// The first line says what the SDK learned of the app by getAppInfo, or its error. Calls are named as the SDK's
// functions, bodies as the protocol's. What the SDK itself prints goes to the standard error.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"syscall"

	"github.com/BSNDA/PCNGateway-Go-SDK/pkg/core/config"
)

type settings struct {
	Family     string // fabric, fiscobcos, xuperchain or cita
	Gateway    string // http://host:port
	User       string // userCode
	App        string // appCode
	Key        string // file of the access key: PEM, PKCS#8
	GatewayKey string // file of the gateway's public key: PEM; the SDK has the original's built in if empty
	Folder     string // where the SDK keeps keys and certificates of users
}

type request struct {
	Call string          `json:"call"`
	Body json.RawMessage `json:"body"`
}

type reply struct {
	Answer   any    `json:"answer,omitempty"`
	MacHolds *bool  `json:"mac_holds,omitempty"` // judged by the SDK, over the text that the SDK makes of the answer
	Error    string `json:"error,omitempty"`
}

// fail ends the program: something is wrong with how it was run.
func fail(err error) {
	fmt.Fprintln(os.Stderr, "pcn_go_sdk:", err)
	os.Exit(1)
}

// ownOutput gives what this program writes a descriptor of its own, since the SDK prints, too.
func ownOutput() *os.File {
	descriptor, err := syscall.Dup(1)
	if err != nil {
		fail(err)
	}
	if err := syscall.Dup3(2, 1, 0); err != nil {
		fail(err)
	}
	return os.NewFile(uintptr(descriptor), "answers")
}

func read(file string) (string, error) {
	if file == "" {
		return "", nil
	}
	text, err := os.ReadFile(file)
	return string(text), err
}

func open(s settings) (*client, reply) {
	key, err := read(s.Key)
	if err != nil {
		fail(err)
	}
	gatewayKey, err := read(s.GatewayKey)
	if err != nil {
		fail(err)
	}
	app, err := config.NewConfig(s.Gateway, s.User, s.App, gatewayKey, key, s.Folder, "")
	if err != nil {
		return nil, reply{Error: err.Error()}
	}
	made, err := newClient(s.Family, app)
	if err != nil {
		return nil, reply{Error: err.Error()}
	}
	return made, reply{Answer: app.GetAppInfo()}
}

func main() {
	if len(os.Args) != 2 {
		fail(fmt.Errorf("usage: pcn_go_sdk SETTINGS.json"))
	}
	answers := json.NewEncoder(ownOutput())
	text, err := os.ReadFile(os.Args[1])
	if err != nil {
		fail(err)
	}
	var s settings
	if err := json.Unmarshal(text, &s); err != nil {
		fail(err)
	}
	opened, first := open(s)
	answers.Encode(first)
	if opened == nil {
		return
	}
	for lines := bufio.NewReader(os.Stdin); ; {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return
		}
		var asked request
		if err := json.Unmarshal(line, &asked); err != nil {
			fail(err)
		}
		answers.Encode(opened.do(asked))
	}
}
