// A usual Hardhat project, but for two things: contracts/ is shared with the other clients' tests, and the compiler
// is the npm solc in place of one that Hardhat would download.
const { subtask } = require("hardhat/config");
const { TASK_COMPILE_SOLIDITY_GET_SOLC_BUILD } = require("hardhat/builtin-tasks/task-names");
require("@nomicfoundation/hardhat-ethers");
require("@nomicfoundation/hardhat-chai-matchers");

const solc = require("solc/package.json");

subtask(TASK_COMPILE_SOLIDITY_GET_SOLC_BUILD, async ({ solcVersion }, hre, runSuper) => {
  if (solcVersion !== solc.version) return runSuper();
  return {
    compilerPath: require.resolve("solc/soljson.js"),
    isSolcJs: true,
    version: solc.version,
    longVersion: require("solc").version(),
  };
});

module.exports = {
  solidity: {
    version: solc.version,
    settings: { evmVersion: process.env.EVM_VERSION ?? "cancun", optimizer: { enabled: true, runs: 200 } },
  },
  paths: { root: `${__dirname}/..`, sources: "contracts", tests: "hardhat/test", cache: "cache/hardhat", artifacts: "artifacts" },
  networks: {
    bsn: {
      url: process.env.RPC_URL ?? "http://127.0.0.1:8545",
      accounts: process.env.PRIVATE_KEYS?.split(",") ?? "remote",
    },
  },
  mocha: { timeout: 60_000 },
};
