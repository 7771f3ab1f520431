'use strict';
// Who owns which thing. Functions of the contract are what apps call: asset.register and so on.

const { Contract } = require('fabric-contract-api');

class Asset extends Contract {
    /** Makes a thing the caller's. */
    async register(context, id, description) {
        if (await this.exists(context, id)) {
            throw new Error(`there is a thing ${id} already`);
        }
        const thing = { id, description, owner: this._caller(context) };
        await this._put(context, thing);
        context.stub.setEvent('registered', Buffer.from(id));
        return JSON.stringify(thing);
    }

    /** Gives a thing to somebody else; only its owner may. */
    async transfer(context, id, owner) {
        const thing = JSON.parse(await this.read(context, id));
        if (thing.owner !== this._caller(context)) {
            throw new Error(`the thing ${id} is somebody else's`);
        }
        thing.owner = owner;
        await this._put(context, thing);
        return JSON.stringify(thing);
    }

    async read(context, id) {
        const stored = await context.stub.getState(id);
        if (stored.length === 0) {
            throw new Error(`there is no thing ${id}`);
        }
        return stored.toString();
    }

    async exists(context, id) {
        return (await context.stub.getState(id)).length > 0;
    }

    async _put(context, thing) {
        // All peers have to write the same bytes, so the members stand in one order.
        const { id, description, owner } = thing;
        await context.stub.putState(id, Buffer.from(JSON.stringify({ id, description, owner })));
    }

    /** The common name in the caller's certificate. */
    _caller(context) {
        return context.clientIdentity.getID().replace(/^.*\/CN=([^/:]*).*$/s, '$1');
    }
}

module.exports.Asset = Asset;
