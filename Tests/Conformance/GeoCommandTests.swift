import PeriluneFuzzing
import Testing

@Suite(.enabled(if: Requirements.areMet, Comment(rawValue: Requirements.comment)))
struct GeoCommandTests {
    @Test func placesAreFoundTheSame() async throws {
        var fuzz = CommandFuzz()
        try await fuzz.compare(4000, setUp: [["DEL", "g", "d", "e"], ["SET", "s", "text"]]) { $0.geoLine(span: 1) }
    }

    /// All over the Earth.
    @Test func distantPlacesAreFoundTheSame() async throws {
        var fuzz = CommandFuzz()
        try await fuzz.compare(3000, distorting: false, setUp: [["DEL", "g", "d", "e"], ["SET", "s", "text"]]) {
            $0.geoLine(span: 180)
        }
    }

    @Test func edgesAnswerTheSame() async throws {
        let pair = try EnginePair()
        for line in [
            "GEOADD g 13.361389 38.115556 Palermo 15.087269 37.502669 Catania", "GEOADD g", "GEOADD g 1 2 a b",
            "GEOADD g NX XX 1 2 a", "GEOADD g NX CH 200 2 a", "GEOADD g 1 86 a", "GEOADD g 1 x a", "GEOADD g x 1 a",
            "GEOADD g inf 1e300 a", "GEOADD g foo 1 1 a", "GEOADD g NX CH CH", "GEOADD g INCR 1 1 a",
            "GEOADD g CH 1 1 Palermo",
            "GEOADD g XX 2 2 nobody",
            "GEOADD g 180 85.05112878 ne -180 -85.05112878 sw 180 -85 se -180 85 nw 0 0 zero -0 -0 m",
            "GEOADD g 180.0000001 0 x", "GEOADD g 0 85.05112879 x", "GEOPOS g ne sw se nw zero m Palermo", "GEOPOS g",
            "GEOPOS none a",
            "GEOHASH g ne sw se nw zero nobody", "GEOHASH g", "GEOHASH none a", "ZRANGE g 0 -1 WITHSCORES",
            "GEODIST g Palermo Catania", "GEODIST g Palermo Catania MI", "GEODIST g Palermo Catania parsec",
            "GEODIST g ne sw ft",
            "GEODIST g ne nw", "GEODIST g zero zero", "GEODIST g zero nobody", "GEODIST none a b", "GEODIST g a b km x",
            "GEODIST none a b parsec", "SET s x", "GEODIST s a b", "GEOPOS s a", "GEOHASH s", "GEOADD s 1 1 a",
            "GEOADD s 1 x a",
            "GEOSEARCH s FROMLONLAT 1 x BYRADIUS 1 km",
            "ZADD odd 1.5 a -5 b 1e300 c -1e300 d 18446744073709551615 e inf f 4503599627370496 h",
            "GEOPOS odd a b c d e f h", "GEOHASH odd a b c d e f h", "GEODIST odd a b",
            "GEOSEARCH odd FROMLONLAT 0 0 BYRADIUS 30000 km WITHHASH ASC",
            "GEORADIUS g 15 37 200 km STORE d WITHDIST", "GEORADIUS g 15 37 200 km STORE",
            "GEORADIUS_RO g 15 37 200 km STORE d",
            "GEORADIUS g 15 37 x km", "GEORADIUS g 15 37 -1 km", "GEORADIUS g 15 37 1 xx", "GEORADIUS g 15 97 1 km",
            "GEORADIUS g 15 37 200 km COUNT 0", "GEORADIUS g 15 37 200 km COUNT x", "GEORADIUS g 15 37 200 km ANY",
            "GEORADIUS g 15 37 200 km COUNT 1 ANY", "GEORADIUS g 15 37 200 km FROMMEMBER zero",
            "GEORADIUS none 1 x 1 km",
            "GEORADIUS none 1 1 1 km", "GEORADIUS none 1 1 1 km STORE d", "GEORADIUSBYMEMBER g nobody 1 km",
            "GEORADIUSBYMEMBER none a x xx",
            "GEORADIUSBYMEMBER none a 1 km STORE d", "GEORADIUSBYMEMBER g zero 0 m WITHDIST",
            "GEORADIUSBYMEMBER_RO g zero 100 km WITHCOORD WITHHASH WITHDIST",
            "GEOSEARCH g FROMLONLAT 1 2 FROMLONLAT 1 2", "GEOSEARCH g FROMLONLAT 1 2 BYBOX 1 1 km BYRADIUS 1 km",
            "GEOSEARCH g BYRADIUS 1 km ASC DESC", "geosearch g BYRADIUS 1 km ASC DESC",
            "GEOSEARCHSTORE d g BYRADIUS 1 km ASC DESC",
            "GEOSEARCH g FROMLONLAT 1 2 BYRADIUS 1", "GEOSEARCH g FROMMEMBER nobody BYRADIUS 1 km",
            "GEOSEARCH none FROMMEMBER nobody BYRADIUS 1 km",
            "GEOSEARCH none FROMMEMBER a FROMLONLAT 1 1 BYRADIUS 1 km",
            "GEOSEARCH g FROMLONLAT 1 1 FROMMEMBER zero BYRADIUS 1 km",
            "GEOSEARCH g FROMLONLAT 15 37 BYBOX -1 400 km", "GEOSEARCH g FROMLONLAT 15 37 BYBOX x 400 km",
            "GEOSEARCH g FROMLONLAT 15 37 BYBOX 1 x km",
            "GEOSEARCH g FROMLONLAT 15 37 BYBOX 1 1 kx", "GEOSEARCH g FROMLONLAT 15 37 BYBOX 1 1 km STOREDIST",
            "GEOSEARCH g FROMLONLAT 0 0 BYRADIUS inf m",
            "GEOSEARCH g FROMLONLAT 0 0 BYBOX inf inf m", "GEOSEARCH g FROMLONLAT 0 0 BYBOX 0 0 m",
            "GEOSEARCHSTORE d g FROMLONLAT 0 0 BYRADIUS 1 km WITHHASH",
            "GEOSEARCHSTORE d none FROMLONLAT 0 0 BYRADIUS 1 km", "EXISTS d",
            "GEOSEARCHSTORE d g FROMLONLAT 14 38 BYRADIUS 500 km STOREDIST", "ZRANGE d 0 -1 WITHSCORES",
            "GEOSEARCHSTORE d g FROMLONLAT 50 50 BYRADIUS 1 km",
            "EXISTS d", "GEOSEARCHSTORE g g FROMLONLAT 0 0 BYRADIUS 100 km", "ZCARD g",
        ] {
            _ = try await pair.send(line)
        }
    }
}
