// The commands that are about the server, connections, scripts and messages rather than about data.

extension CommandTable {
    /// The server.
    static let serverRows = """
        ACL                        6.0     -2 -    -
        ACL|CAT                    6.0     -2 s    -
        ACL|DELUSER                6.0     -3 s    -
        ACL|DRYRUN                 7.0     -4 s    -
        ACL|GENPASS                6.0     -2 s    -
        ACL|GETUSER                6.0      3 s    -
        ACL|HELP                   6.0      2 -    -
        ACL|LIST                   6.0      2 s    -
        ACL|LOAD                   6.0      2 s    -
        ACL|LOG                    6.0     -2 s    -
        ACL|SAVE                   6.0      2 s    -
        ACL|SETUSER                6.0     -3 s    -
        ACL|USERS                  6.0      2 s    -
        ACL|WHOAMI                 6.0      2 s    -
        BGREWRITEAOF               1.0      1 s    -
        BGSAVE                     1.0     -1 s    -
        COMMAND                    2.8.13  -1 -    -
        COMMAND|COUNT              2.8.13   2 -    -
        COMMAND|DOCS               7.0     -2 -    -
        COMMAND|GETKEYS            2.8.13  -3 -    -            <7.2=-4
        COMMAND|GETKEYSANDFLAGS    7.0     -3 -    -            <7.2=-4
        COMMAND|HELP               5.0      2 -    -
        COMMAND|INFO               2.8.13  -2 -    -
        COMMAND|LIST               7.0     -2 -    -
        CONFIG                     2.0     -2 -    -
        CONFIG|GET                 2.0     -3 s    -
        CONFIG|HELP                5.0      2 -    -
        CONFIG|RESETSTAT           2.0      2 s    -
        CONFIG|REWRITE             2.8      2 s    -
        CONFIG|SET                 2.0     -4 s    -
        DBSIZE                     1.0      1 r    -
        DEBUG                      1.0     -2 s    -
        FAILOVER                   6.2     -1 s    -
        FLUSHALL                   1.0     -1 w    -
        FLUSHDB                    1.0     -1 w    -
        INFO                       1.0     -1 -    -
        LASTSAVE                   1.0      1 -    -
        LATENCY                    2.8.13  -2 -    -
        LATENCY|DOCTOR             2.8.13   2 s    -
        LATENCY|GRAPH              2.8.13   3 s    -
        LATENCY|HELP               2.8.13   2 -    -
        LATENCY|HISTOGRAM          7.0     -2 s    -
        LATENCY|HISTORY            2.8.13   3 s    -
        LATENCY|LATEST             2.8.13   2 s    -
        LATENCY|RESET              2.8.13  -2 s    -
        LOLWUT                     5.0     -1 r    -
        MEMORY                     4.0     -2 -    -
        MEMORY|DOCTOR              4.0      2 -    -
        MEMORY|HELP                4.0      2 -    -
        MEMORY|MALLOC-STATS        4.0      2 -    -
        MEMORY|PURGE               4.0      2 -    -
        MEMORY|STATS               4.0      2 -    -
        MEMORY|USAGE               4.0     -3 r    2
        MODULE                     4.0     -2 -    -
        MODULE|HELP                5.0      2 -    -
        MODULE|LIST                4.0      2 s    -
        MODULE|LOAD                4.0     -3 s    -
        MODULE|LOADEX              7.0     -3 s    -
        MODULE|UNLOAD              4.0      3 s    -
        MONITOR                    1.0      1 s    -
        PSYNC                      2.8     -3 s    -
        REPLCONF                   3.0     -1 s    -
        REPLICAOF                  5.0      3 s    -
        RESTORE-ASKING             3.0     -4 wm   1
        ROLE                       2.8.12   1 s    -
        SAVE                       1.0      1 s    -
        SHUTDOWN                   1.0     -1 s    -
        SLAVEOF                    1.0      3 s    -
        SLOWLOG                    2.2.12  -2 -    -
        SLOWLOG|GET                2.2.12  -2 -    -
        SLOWLOG|HELP               6.2      2 -    -
        SLOWLOG|LEN                2.2.12   2 -    -
        SLOWLOG|RESET              2.2.12   2 -    -
        SWAPDB                     4.0      3 w    -
        SYNC                       1.0      1 s    -
        TIME                       2.6      1 -    -
        """

    /// Clusters.
    static let clusterRows = """
        ASKING                     3.0      1 -    -
        CLUSTER                    3.0     -2 -    -
        CLUSTER|ADDSLOTS           3.0     -3 -    -
        CLUSTER|ADDSLOTSRANGE      7.0     -4 -    -
        CLUSTER|BUMPEPOCH          3.0      2 -    -
        CLUSTER|COUNT-FAILURE-REPORTS 3.0      3 -    -
        CLUSTER|COUNTKEYSINSLOT    3.0      3 -    -
        CLUSTER|DELSLOTS           3.0     -3 -    -
        CLUSTER|DELSLOTSRANGE      7.0     -4 -    -
        CLUSTER|FAILOVER           3.0     -2 -    -
        CLUSTER|FLUSHSLOTS         3.0      2 -    -
        CLUSTER|FORGET             3.0      3 -    -
        CLUSTER|GETKEYSINSLOT      3.0      4 -    -
        CLUSTER|HELP               5.0      2 -    -
        CLUSTER|INFO               3.0      2 -    -
        CLUSTER|KEYSLOT            3.0      3 -    -
        CLUSTER|LINKS              7.0      2 -    -
        CLUSTER|MEET               3.0     -4 -    -
        CLUSTER|MYID               3.0      2 -    -
        CLUSTER|MYSHARDID          7.2      2 -    -
        CLUSTER|NODES              3.0      2 -    -
        CLUSTER|REPLICAS           5.0      3 -    -
        CLUSTER|REPLICATE          3.0      3 -    -
        CLUSTER|RESET              3.0     -2 s    -
        CLUSTER|SAVECONFIG         3.0      2 -    -
        CLUSTER|SET-CONFIG-EPOCH   3.0      3 -    -
        CLUSTER|SETSLOT            3.0     -4 -    -
        CLUSTER|SHARDS             7.0      2 -    -
        CLUSTER|SLAVES             3.0      3 -    -
        CLUSTER|SLOT-STATS         8.2     -4 -    -
        CLUSTER|SLOTS              3.0      2 -    -
        READONLY                   3.0      1 -    -
        READWRITE                  3.0      1 -    -
        """

    /// Connections and transactions.
    static let connectionRows = """
        AUTH                       1.0     -2 s    -
        CLIENT                     2.4     -2 -    -
        CLIENT|CACHING             6.0      3 s    -
        CLIENT|GETNAME             2.6.9    2 s    -
        CLIENT|GETREDIR            6.0      2 s    -
        CLIENT|HELP                5.0      2 -    -
        CLIENT|ID                  5.0      2 s    -
        CLIENT|INFO                6.2      2 s    -
        CLIENT|KILL                2.4     -3 s    -
        CLIENT|LIST                2.4     -2 s    -
        CLIENT|NO-EVICT            7.0      3 s    -
        CLIENT|NO-TOUCH            7.2      3 s    -
        CLIENT|PAUSE               3.0     -3 s    -
        CLIENT|REPLY               3.2      3 s    -
        CLIENT|SETINFO             7.2      4 s    -
        CLIENT|SETNAME             2.6.9    3 s    -
        CLIENT|TRACKING            6.0     -3 s    -
        CLIENT|TRACKINGINFO        6.2      2 s    -
        CLIENT|UNBLOCK             5.0     -3 s    -
        CLIENT|UNPAUSE             6.2      2 s    -
        ECHO                       1.0      2 -    -
        HELLO                      6.0     -1 s    -
        PING                       1.0     -1 -    -
        QUIT                       1.0     -1 s    -
        RESET                      6.2      1 s    -
        SELECT                     1.0      2 -    -
        DISCARD                    2.0      1 s    -
        EXEC                       1.2      1 s    -
        MULTI                      1.2      1 s    -
        UNWATCH                    2.2      1 s    -
        WATCH                      2.2     -2 s    1:-1
        """

    /// Scripts and functions.
    static let scriptRows = """
        EVAL                       2.6     -3 s    2#
        EVALSHA                    2.6     -3 s    2#
        EVALSHA_RO                 7.0     -3 rs   2#
        EVAL_RO                    7.0     -3 rs   2#
        FCALL                      7.0     -3 s    2#
        FCALL_RO                   7.0     -3 rs   2#
        FUNCTION                   7.0     -2 -    -
        FUNCTION|DELETE            7.0      3 ws   -
        FUNCTION|DUMP              7.0      2 s    -
        FUNCTION|FLUSH             7.0     -2 ws   -
        FUNCTION|HELP              7.0      2 -    -
        FUNCTION|KILL              7.0      2 s    -
        FUNCTION|LIST              7.0     -2 s    -
        FUNCTION|LOAD              7.0     -3 wms  -
        FUNCTION|RESTORE           7.0     -3 wms  -
        FUNCTION|STATS             7.0      2 s    -
        SCRIPT                     2.6     -2 -    -
        SCRIPT|DEBUG               3.2      3 s    -
        SCRIPT|EXISTS              2.6     -3 s    -
        SCRIPT|FLUSH               2.6     -2 s    -
        SCRIPT|HELP                5.0      2 -    -
        SCRIPT|KILL                2.6      2 s    -
        SCRIPT|LOAD                2.6      3 s    -
        """

    /// Messages.
    static let messageRows = """
        PSUBSCRIBE                 2.0     -2 s    -
        PUBLISH                    2.0      3 p    -
        PUBSUB                     2.8     -2 -    -
        PUBSUB|CHANNELS            2.8     -2 -    -
        PUBSUB|HELP                6.2      2 -    -
        PUBSUB|NUMPAT              2.8      2 -    -
        PUBSUB|NUMSUB              2.8     -2 -    -
        PUBSUB|SHARDCHANNELS       7.0     -2 -    -
        PUBSUB|SHARDNUMSUB         7.0     -2 -    -
        PUNSUBSCRIBE               2.0     -1 s    -
        SPUBLISH                   7.0      3 p    -
        SSUBSCRIBE                 7.0     -2 s    -
        SUBSCRIBE                  2.0     -2 s    -
        SUNSUBSCRIBE               7.0     -1 s    -
        UNSUBSCRIBE                2.0     -1 s    -
        """
}
