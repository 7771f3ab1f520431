const { expect } = require("chai");
const { ethers, network } = require("hardhat");

describe("tokens, by Hardhat", () => {
  let owner, other;
  before(async () => {
    [owner, other] = await ethers.getSigners();
  });

  const deployed = async (name, ...args) => (await ethers.deployContract(name, args)).waitForDeployment();
  const done = async (sent) => (await sent).wait();
  /** What was sent, once it is in a block: the matchers do not wait for that. */
  const mined = async (promise) => {
    const sent = await promise;
    await sent.wait();
    return sent;
  };

  it("runs on the network that was asked for", async () => {
    expect(network.name).to.equal("bsn");
    expect(await ethers.provider.getBlockNumber()).to.be.a("number");
  });

  it("ERC-20: events and balances", async () => {
    const token = await deployed("Token", "Test", "TST", 1000n);
    const sent = await mined(token.transfer(other.address, 10n));
    await expect(sent).to.emit(token, "Transfer").withArgs(owner.address, other.address, 10n);
    await expect(sent).to.changeTokenBalances(token, [owner, other], [-10n, 10n]);
    await expect(token.connect(other).transfer(owner.address, 11n))
      .to.be.revertedWithCustomError(token, "ERC20InsufficientBalance").withArgs(other.address, 10n, 11n);
    await expect(token.transfer(ethers.ZeroAddress, 1n)).to.be.revertedWithCustomError(token, "ERC20InvalidReceiver");
  });

  it("ERC-721", async () => {
    const collectible = await deployed("Collectible");
    await expect(mined(collectible.mint(other.address, "ipfs://h"))).to.emit(collectible, "Transfer")
      .withArgs(ethers.ZeroAddress, other.address, 1n);
    expect(await collectible.tokenURI(1n)).to.equal("ipfs://h");
    await expect(collectible.connect(other).mint(other.address, "")).to.be.revertedWithCustomError(collectible, "OwnableUnauthorizedAccount");
  });

  it("ERC-1155", async () => {
    const items = await deployed("Items");
    await expect(mined(items.safeTransferFrom(owner.address, other.address, 3n, 9n, "0x"))).to.emit(items, "TransferSingle");
    expect(await items.balanceOf(other.address, 3n)).to.equal(9n);
  });

  it("a UUPS proxy, upgraded", async () => {
    const first = await deployed("CounterV1");
    const proxy = await deployed("CounterProxy", await first.getAddress(), first.interface.encodeFunctionData("initialize", [7n]));
    const second = await deployed("CounterV2");
    const counter = await ethers.getContractAt("CounterV2", await proxy.getAddress());
    expect(await counter.version()).to.equal("V1");
    await expect(counter.connect(other).upgradeToAndCall(await second.getAddress(), "0x"))
      .to.be.revertedWithCustomError(counter, "OwnableUnauthorizedAccount");
    const reinit = second.interface.encodeFunctionData("initializeV2", [3n]);
    await expect(mined(counter.upgradeToAndCall(await second.getAddress(), reinit))).to.emit(counter, "Upgraded");
    await expect(mined(counter.increment())).to.emit(counter, "Counted").withArgs(10n);
  });

  it("evidence", async () => {
    const evidence = await deployed("Evidence");
    const hash = ethers.id("hardhat");
    const receipt = await done(evidence.deposit(hash, "by Hardhat"));
    const { timestamp } = await ethers.provider.getBlock(receipt.blockNumber);
    expect([...(await evidence.find(hash))]).to.deep.equal([owner.address, BigInt(timestamp), BigInt(receipt.blockNumber)]);
    await expect(evidence.connect(other).deposit(hash, "")).to.be.revertedWithCustomError(evidence, "AlreadyDeposited")
      .withArgs(hash, owner.address, receipt.blockNumber);
  });

  it("reverts: with a reason, with nothing, with a panic", async () => {
    const failures = await deployed("Failures");
    await expect(failures.withRequire()).to.be.revertedWith("the reason is this");
    await expect(failures.withEmptyRevert()).to.be.revertedWithoutReason(ethers);
    await expect(failures.withOverflow(255)).to.be.revertedWithPanic(0x11);
    await expect(mined(failures.set(1n))).not.to.be.reverted;
  });
});
