// The commands of data types and of keys, as text: name, first release, arity, flags, keys, and what was different
// before some release. See ``CommandRow`` for the columns.

extension CommandTable {
    /// Keys of any type.
    static let keyRows = """
        COPY                       6.2     -3 wm   1,2
        DEL                        1.0     -2 w    1:-1
        DUMP                       2.6      2 r    1
        EXISTS                     1.0     -2 r    1:-1
        EXPIRE                     1.0     -3 w    1            <7.0=3
        EXPIREAT                   1.2     -3 w    1            <7.0=3
        EXPIRETIME                 7.0      2 r    1
        KEYS                       1.0      2 r    -
        MIGRATE                    2.6     -6 w    3,KEYS@6*
        MOVE                       1.0      3 w    1
        OBJECT                     2.2.3   -2 -    -
        OBJECT|ENCODING            2.2.3    3 r    2
        OBJECT|FREQ                4.0      3 r    2
        OBJECT|HELP                6.2      2 -    -
        OBJECT|IDLETIME            2.2.3    3 r    2
        OBJECT|REFCOUNT            2.2.3    3 r    2
        PERSIST                    2.2      2 w    1
        PEXPIRE                    2.6     -3 w    1            <7.0=3
        PEXPIREAT                  2.6     -3 w    1            <7.0=3
        PEXPIRETIME                7.0      2 r    1
        PTTL                       2.6      2 r    1
        RANDOMKEY                  1.0      1 r    -
        RENAME                     1.0      3 w    1,2
        RENAMENX                   1.0      3 w    1,2
        RESTORE                    2.6     -4 wm   1
        SCAN                       2.8     -2 r    -
        SORT                       1.0     -2 wm   1,STORE@2+
        SORT_RO                    7.0     -2 r    1
        TOUCH                      3.2.1   -2 r    1:-1
        TTL                        1.0      2 r    1
        TYPE                       1.0      2 r    1
        UNLINK                     4.0     -2 w    1:-1
        WAIT                       3.0      3 b    -            <7.2=s
        WAITAOF                    7.2      4 b    -            <7.4=s
        """

    /// Strings, bitmaps and HyperLogLogs.
    static let stringRows = """
        APPEND                     2.0      3 wm   1
        DECR                       1.0      2 wm   1
        DECRBY                     1.0      3 wm   1
        DELEX                      8.4     -2 w    1
        DIGEST                     8.4      2 r    1
        GET                        1.0      2 r    1
        GETDEL                     6.2      2 w    1
        GETEX                      6.2     -2 w    1
        GETRANGE                   2.4      4 r    1
        GETSET                     1.0      3 wm   1
        INCR                       1.0      2 wm   1
        INCRBY                     1.0      3 wm   1
        INCRBYFLOAT                2.6      3 wm   1
        LCS                        7.0     -3 r    1:2
        MGET                       1.0     -2 r    1:-1
        MSET                       1.0.1   -3 wmx  1:-1:2
        MSETEX                     8.4     -4 wm   1#:2
        MSETNX                     1.0.1   -3 wmx  1:-1:2
        PSETEX                     2.6      4 wm   1
        SET                        1.0     -3 wm   1
        SETEX                      2.0      4 wm   1
        SETNX                      1.0      3 wm   1
        SETRANGE                   2.2      4 wm   1
        STRALGO                    6.0     -2 r    -            !7.0
        STRLEN                     2.2      2 r    1
        SUBSTR                     1.0      4 r    1
        BITCOUNT                   2.6     -2 r    1
        BITFIELD                   3.2     -2 wm   1
        BITFIELD_RO                6.0     -2 r    1
        BITOP                      2.6     -4 wm   2,3:-1
        BITPOS                     2.8.7   -3 r    1
        GETBIT                     2.2      3 r    1
        SETBIT                     2.2      4 wm   1
        PFADD                      2.8.9   -2 wm   1
        PFCOUNT                    2.8.9   -2 rp   1:-1
        PFDEBUG                    2.8.9    3 wm   2            <7.0=-3
        PFMERGE                    2.8.9   -2 wm   1,2:-1
        PFSELFTEST                 2.8.9    1 -    -
        """

    /// Hashes.
    static let hashRows = """
        HDEL                       2.0     -3 w    1
        HEXISTS                    2.0      3 r    1
        HEXPIRE                    7.4     -6 w    1
        HEXPIREAT                  7.4     -6 w    1
        HEXPIRETIME                7.4     -5 r    1
        HGET                       2.0      3 r    1
        HGETALL                    2.0      2 r    1
        HGETDEL                    8.0     -5 w    1
        HGETEX                     8.0     -5 w    1
        HINCRBY                    2.0      4 wm   1
        HINCRBYFLOAT               2.6      4 wm   1
        HKEYS                      2.0      2 r    1
        HLEN                       2.0      2 r    1
        HMGET                      2.0     -3 r    1
        HMSET                      2.0     -4 wmx  1
        HPERSIST                   7.4     -5 w    1
        HPEXPIRE                   7.4     -6 w    1
        HPEXPIREAT                 7.4     -6 w    1
        HPEXPIRETIME               7.4     -5 r    1
        HPTTL                      7.4     -5 r    1
        HRANDFIELD                 6.2     -2 r    1
        HSCAN                      2.8     -3 r    1
        HSET                       2.0     -4 wmx  1
        HSETEX                     8.0     -6 wm   1
        HSETNX                     2.0      4 wm   1
        HSTRLEN                    3.2      3 r    1
        HTTL                       7.4     -5 r    1
        HVALS                      2.0      2 r    1
        """

    /// Lists.
    static let listRows = """
        BLMOVE                     6.2      6 wmb  1,2          <7.2=wmsb
        BLMPOP                     7.0     -5 wb   2#
        BLPOP                      2.0     -3 wb   1:-2         <7.2=wsb
        BRPOP                      2.0     -3 wb   1:-2         <7.2=wsb
        BRPOPLPUSH                 2.2      4 wmb  1,2          <7.2=wmsb
        LINDEX                     1.0      3 r    1
        LINSERT                    2.2      5 wm   1
        LLEN                       1.0      2 r    1
        LMOVE                      6.2      5 wm   1,2
        LMPOP                      7.0     -4 w    1#
        LPOP                       1.0     -2 w    1
        LPOS                       6.0.6   -3 r    1
        LPUSH                      1.0     -3 wm   1
        LPUSHX                     2.2     -3 wm   1
        LRANGE                     1.0      4 r    1
        LREM                       1.0      4 w    1
        LSET                       1.0      4 wm   1
        LTRIM                      1.0      4 w    1
        RPOP                       1.0     -2 w    1
        RPOPLPUSH                  1.2      3 wm   1,2
        RPUSH                      1.0     -3 wm   1
        RPUSHX                     2.2     -3 wm   1
        """

    /// Sets.
    static let setRows = """
        SADD                       1.0     -3 wm   1
        SCARD                      1.0      2 r    1
        SDIFF                      1.0     -2 r    1:-1
        SDIFFSTORE                 1.0     -3 wm   1,2:-1
        SINTER                     1.0     -2 r    1:-1
        SINTERCARD                 7.0     -3 r    1#
        SINTERSTORE                1.0     -3 wm   1,2:-1
        SISMEMBER                  1.0      3 r    1
        SMEMBERS                   1.0      2 r    1
        SMISMEMBER                 6.2     -3 r    1
        SMOVE                      1.0      4 w    1,2
        SPOP                       1.0     -2 w    1
        SRANDMEMBER                1.0     -2 r    1
        SREM                       1.0     -3 w    1
        SSCAN                      2.8     -3 r    1
        SUNION                     1.0     -2 r    1:-1
        SUNIONSTORE                1.0     -3 wm   1,2:-1
        """

    /// Sorted sets, and places on Earth in them.
    static let sortedSetRows = """
        BZMPOP                     7.0     -5 wb   2#
        BZPOPMAX                   5.0     -3 wb   1:-2         <7.2=wsb
        BZPOPMIN                   5.0     -3 wb   1:-2         <7.2=wsb
        ZADD                       1.2     -4 wm   1
        ZCARD                      1.2      2 r    1
        ZCOUNT                     2.0      4 r    1
        ZDIFF                      6.2     -3 r    1#
        ZDIFFSTORE                 6.2     -4 wm   1,2#
        ZINCRBY                    1.2      4 wm   1
        ZINTER                     6.2     -3 r    1#
        ZINTERCARD                 7.0     -3 r    1#
        ZINTERSTORE                2.0     -4 wm   1,2#
        ZLEXCOUNT                  2.8.9    4 r    1
        ZMPOP                      7.0     -4 w    1#
        ZMSCORE                    6.2     -3 r    1
        ZPOPMAX                    5.0     -2 w    1
        ZPOPMIN                    5.0     -2 w    1
        ZRANDMEMBER                6.2     -2 r    1
        ZRANGE                     1.2     -4 r    1
        ZRANGEBYLEX                2.8.9   -4 r    1
        ZRANGEBYSCORE              1.0.5   -4 r    1
        ZRANGESTORE                6.2     -5 wm   1,2
        ZRANK                      2.0     -3 r    1            <7.2=3
        ZREM                       1.2     -3 w    1
        ZREMRANGEBYLEX             2.8.9    4 w    1
        ZREMRANGEBYRANK            2.0      4 w    1
        ZREMRANGEBYSCORE           1.2      4 w    1
        ZREVRANGE                  1.2     -4 r    1
        ZREVRANGEBYLEX             2.8.9   -4 r    1
        ZREVRANGEBYSCORE           2.2     -4 r    1
        ZREVRANK                   2.0     -3 r    1            <7.2=3
        ZSCAN                      2.8     -3 r    1
        ZSCORE                     1.2      3 r    1
        ZUNION                     6.2     -3 r    1#
        ZUNIONSTORE                2.0     -4 wm   1,2#
        GEOADD                     3.2     -5 wm   1
        GEODIST                    3.2     -4 r    1
        GEOHASH                    3.2     -2 r    1
        GEOPOS                     3.2     -2 r    1
        GEORADIUS                  3.2     -6 wm   1,STORE@6+,STOREDIST@6+
        GEORADIUSBYMEMBER          3.2     -5 wm   1,STORE@5+,STOREDIST@5+
        GEORADIUSBYMEMBER_RO       3.2.10  -5 r    1
        GEORADIUS_RO               3.2.10  -6 r    1
        GEOSEARCH                  6.2     -7 r    1
        GEOSEARCHSTORE             6.2     -8 wm   1,2
        """

    /// Streams.
    static let streamRows = """
        XACK                       5.0     -4 w    1
        XACKDEL                    8.2     -6 w    1
        XADD                       5.0     -5 wm   1
        XAUTOCLAIM                 6.2     -6 w    1
        XCLAIM                     5.0     -6 w    1
        XDEL                       5.0     -3 w    1
        XDELEX                     8.2     -5 w    1
        XGROUP                     5.0     -2 -    -
        XGROUP|CREATE              5.0     -5 wm   2
        XGROUP|CREATECONSUMER      6.2      5 wm   2
        XGROUP|DELCONSUMER         5.0      5 w    2
        XGROUP|DESTROY             5.0      4 w    2
        XGROUP|HELP                5.0      2 -    -
        XGROUP|SETID               5.0     -5 w    2
        XINFO                      5.0     -2 -    -
        XINFO|CONSUMERS            5.0      4 r    2
        XINFO|GROUPS               5.0      3 r    2
        XINFO|HELP                 5.0      2 -    -
        XINFO|STREAM               5.0     -3 r    2
        XLEN                       5.0      2 r    1
        XPENDING                   5.0     -3 r    1
        XRANGE                     5.0     -4 r    1
        XREAD                      5.0     -4 rb   STREAMS@1/
        XREADGROUP                 5.0     -7 wb   STREAMS@4/
        XREVRANGE                  5.0     -4 r    1
        XSETID                     5.0     -3 wm   1            <7.0=3
        XTRIM                      5.0     -4 w    1
        """

    /// Vector sets. They check the number of their arguments themselves.
    static let vectorSetRows = """
        VADD                       8.0     -5 wm   1
        VCARD                      8.0      2 r    1
        VDIM                       8.0      2 r    1
        VEMB                       8.0     -3 r    1
        VGETATTR                   8.0      3 r    1
        VINFO                      8.0      2 r    1
        VISMEMBER                  8.0      3 r    1
        VLINKS                     8.0     -3 r    1
        VRANDMEMBER                8.0     -2 r    1
        VREM                       8.0      3 w    1
        VSETATTR                   8.0      4 w    1
        VSIM                       8.0     -4 r    1
        """
}
