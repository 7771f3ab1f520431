'use strict';

const { Asset } = require('./asset');

module.exports.contracts = [Asset];
