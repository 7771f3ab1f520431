"""What the programs of Fabric read: the settings of a peer, of an orderer, of a channel. As values; JSON is YAML, too.

Only what differs from the programs' own defaults, or what they do not start without.
"""

# Grows with the tests that use it; Fabric's own bound of 500 at once refuses what a load test sends.
CONCURRENCY = 20_000


def peer(node, organization, builder, mutual_tls, tls_roots):
    """core.yaml. `node`: a Node of fabric_network; `builder`: the folder of the external builder."""
    tls = node.identity / "tls"
    return {
        "peer": {
            "id": node.name, "networkId": "test", "listenAddress": node.address, "address": node.address,
            "chaincodeListenAddress": node.spare, "chaincodeAddress": node.spare,
            "mspConfigPath": str(node.identity / "msp"), "localMspId": organization.msp_id, "localMspType": "bccsp",
            "fileSystemPath": str(node.folder / "data"),
            "BCCSP": {"Default": "SW", "SW": {"Hash": "SHA2", "Security": 256}},
            "tls": {
                "enabled": True, "clientAuthRequired": mutual_tls, "cert": {"file": str(tls / "certificate.pem")},
                "key": {"file": str(tls / "key.pem")},
                "rootcert": {"file": str(organization.tls_authority.certificate)},
                "clientRootCAs": {"files": [str(root) for root in tls_roots]},
            },
            "gossip": {
                "bootstrap": node.address, "endpoint": node.address, "externalEndpoint": node.address,
                "useLeaderElection": False, "orgLeader": True, "state": {"enabled": False},
                # With the defaults, the gateway finds the other organisations' peers after tens of seconds only.
                "reconnectInterval": "2s", "publishStateInfoInterval": "1s", "requestStateInfoInterval": "1s",
                "aliveTimeInterval": "2s", "aliveExpirationTimeout": "10s",
                "pvtData": {"pullRetryThreshold": "60s", "transientstoreMaxBlockRetention": 1000,
                            "pushAckTimeout": "3s", "btlPullMargin": 10, "reconcileBatchSize": 10,
                            "reconcileSleepInterval": "1m", "reconciliationEnabled": True},
            },
            "deliveryclient": {"blockGossipEnabled": False, "reconnectTotalTimeThreshold": "3600s",
                               "connTimeout": "3s", "reConnectBackoffThreshold": "2s", "policy": "simple"},
            "gateway": {"enabled": True, "endorsementTimeout": "30s", "broadcastTimeout": "30s", "dialTimeout": "2m"},
            "discovery": {"enabled": True, "authCacheEnabled": True, "authCacheMaxSize": 1000,
                          "authCachePurgeRetentionRatio": 0.75},
            "handlers": {
                "authFilters": [{"name": "DefaultAuth"}, {"name": "ExpirationCheck"}],
                "decorators": [{"name": "DefaultDecorator"}],
                "endorsers": {"escc": {"name": "DefaultEndorsement"}},
                "validators": {"vscc": {"name": "DefaultValidation"}},
            },
            "limits": {"concurrency": {"endorserService": CONCURRENCY, "deliverService": CONCURRENCY,
                                       "gatewayService": CONCURRENCY}},
            "authentication": {"timewindow": "15m"},
            "client": {"connTimeout": "5s"},
            "maxRecvMsgSize": 100 << 20, "maxSendMsgSize": 100 << 20,
        },
        "vm": {"endpoint": ""},
        "chaincode": {
            "externalBuilders": [{"name": "service", "path": str(builder)}],
            "logging": {"level": "info", "shim": "warning"}, "installTimeout": "60s", "startuptimeout": "60s", "executetimeout": "30s", "mode": "net",
            "system": {"_lifecycle": "enable", "cscc": "enable", "lscc": "enable", "qscc": "enable"},
        },
        "ledger": {
            "state": {"stateDatabase": "goleveldb", "totalQueryLimit": 100_000},
            "history": {"enableHistoryDatabase": True},
            "pvtdataStore": {"collElgProcMaxDbBatchSize": 5000, "collElgProcDbBatchesInterval": 1000,
                             "deprioritizedDataReconcilerInterval": "60m", "purgeInterval": 100},
            "snapshots": {"rootDir": str(node.folder / "data" / "snapshots")},
        },
        "operations": {"listenAddress": node.operations},
        "metrics": {"provider": "prometheus"},
    }


def orderer(node, organization, mutual_tls, tls_roots):
    """orderer.yaml."""
    tls = node.identity / "tls"
    certificate, key, root = str(tls / "certificate.pem"), str(tls / "key.pem"), str(
        organization.tls_authority.certificate)
    host, port = node.address.split(":")
    return {
        "General": {
            "ListenAddress": host, "ListenPort": int(port), "BootstrapMethod": "none",
            "LocalMSPDir": str(node.identity / "msp"), "LocalMSPID": organization.msp_id,
            "TLS": {"Enabled": True, "Certificate": certificate, "PrivateKey": key, "RootCAs": [root],
                    "ClientAuthRequired": mutual_tls, "ClientRootCAs": [str(one) for one in tls_roots]},
            "Cluster": {"ClientCertificate": certificate, "ClientPrivateKey": key, "RootCAs": [root]},
            "BCCSP": {"Default": "SW", "SW": {"Hash": "SHA2", "Security": 256}},
        },
        "FileLedger": {"Location": str(node.folder / "data")},
        "Consensus": {"WALDir": str(node.folder / "data" / "wal"), "SnapDir": str(node.folder / "data" / "snapshots")},
        "ChannelParticipation": {"Enabled": True, "MaxRequestBodySize": "1 MB"},
        "Admin": {"ListenAddress": node.admin,
                  "TLS": {"Enabled": True, "Certificate": certificate, "PrivateKey": key, "RootCAs": [root],
                          "ClientAuthRequired": True, "ClientRootCAs": [root]}},
        "Operations": {"ListenAddress": node.operations},
        "Metrics": {"Provider": "prometheus"},
    }


def _signed_by(rule):
    return {"Type": "Signature", "Rule": rule}


def _of(rule):
    return {"Type": "ImplicitMeta", "Rule": rule}


def _organization(one, role):
    msp = one.msp_id
    return {
        "Name": msp, "ID": msp, "MSPDir": str(one.folder / "msp"),
        "Policies": {
            "Readers": _signed_by(f"OR('{msp}.member')"),
            "Writers": _signed_by(f"OR('{msp}.member')"),
            "Admins": _signed_by(f"OR('{msp}.admin')"),
            "Endorsement": _signed_by(f"OR('{msp}.{role}')"),
        },
    }


def _consenter(node):
    host, port = node.address.split(":")
    tls = str(node.identity / "tls" / "certificate.pem")
    return {"Host": host, "Port": int(port), "ClientTLSCert": tls, "ServerTLSCert": tls}


def channel(ordering, orderers, members, peers, consensus, batch_timeout):
    """configtx.yaml, with the profile `channel`. `consensus`: etcdraft, or BFT (Fabric 3)."""
    readers = {"Readers": _of("ANY Readers"), "Writers": _of("ANY Writers"), "Admins": _of("MAJORITY Admins")}
    order = {
        "OrdererType": consensus, "BatchTimeout": batch_timeout,
        "BatchSize": {"MaxMessageCount": 500, "AbsoluteMaxBytes": "10 MB", "PreferredMaxBytes": "2 MB"},
        "Organizations": [_organization(ordering, "orderer") | {"OrdererEndpoints": [one.address for one in orderers]}],
        "Policies": readers | {"BlockValidation": _of("ANY Writers")}, "Capabilities": {"V2_0": True},
    }
    if consensus == "BFT":
        # 1 to n; and what one orderer alone was given soon reaches the leader.
        order["ConsenterMapping"] = [_consenter(node) | {
            "ID": number, "MSPID": ordering.msp_id, "Identity": str(node.identity / "certificate.pem")}
            for number, node in enumerate(orderers, 1)]
        order["SmartBFT"] = {
            "RequestBatchMaxInterval": batch_timeout, "RequestForwardTimeout": "500ms", "RequestComplainTimeout": "5s",
            "RequestAutoRemoveTimeout": "3m", "ViewChangeResendInterval": "2s", "ViewChangeTimeout": "10s",
            "LeaderHeartbeatTimeout": "10s", "CollectTimeout": "1s", "IncomingMessageBufferSize": 200,
            "RequestPoolSize": 100_000, "LeaderHeartbeatCount": 10,
        }
    else:
        order["EtcdRaft"] = {
            "Consenters": [_consenter(node) for node in orderers],
            "Options": {"TickInterval": "100ms", "ElectionTick": 10, "HeartbeatTick": 1, "MaxInflightBlocks": 5,
                        "SnapshotIntervalSize": "16 MB"},
        }
    hosts = [node.address.split(":") for node in peers]
    return {"Profiles": {"channel": {
        "Policies": readers, "Capabilities": {"V3_0" if consensus == "BFT" else "V2_0": True},
        "Orderer": order,
        "Application": {
            "Organizations": [_organization(one, "peer") | {"AnchorPeers": [{"Host": host, "Port": int(port)}]}
                              for one, (host, port) in zip(members, hosts)],
            "Policies": readers | {"Endorsement": _of("MAJORITY Endorsement"), "Everyone": _of("ALL Endorsement"),
                                   "LifecycleEndorsement": _of("MAJORITY Endorsement")},
            "Capabilities": {"V2_5": True},
        },
    }}}
