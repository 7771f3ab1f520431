// Things with an owner; run by the official shim as a service.
"use strict";

const { Contract } = require("fabric-contract-api");
const { KeyEndorsementPolicy } = require("fabric-shim");

class Assets extends Contract {
    async create(context, id, owner, value) {
        if (await this.exists(context, id)) {
            throw new Error(`the asset ${id} exists already`);
        }
        return this.keep(context, { id, owner, value: Number(value) }, "created");
    }

    async read(context, id) {
        const stored = await context.stub.getState(id);
        if (stored.length === 0) {
            throw new Error(`there is no asset ${id}`);
        }
        return stored.toString();
    }

    async give(context, id, owner) {
        const asset = JSON.parse(await this.read(context, id));
        asset.owner = owner;
        return this.keep(context, asset, "given");
    }

    // From now on peers of all these organisations, with commas between them, have to endorse what changes the asset.
    async guard(context, id, organizations) {
        await this.read(context, id);
        const policy = new KeyEndorsementPolicy();
        policy.addOrgs("PEER", ...organizations.split(","));
        await context.stub.setStateValidationParameter(id, policy.getPolicy());
    }

    async exists(context, id) {
        return (await context.stub.getState(id)).length > 0;
    }

    async all(context) {
        const found = [];
        for await (const { value } of context.stub.getStateByRange("", "")) {
            found.push(JSON.parse(Buffer.from(value).toString()));
        }
        return JSON.stringify(found);
    }

    async keep(context, asset, event) {
        const text = JSON.stringify(asset);
        await context.stub.putState(asset.id, Buffer.from(text));
        context.stub.setEvent(event, Buffer.from(text));
        return text;
    }
}

module.exports.contracts = [Assets];
