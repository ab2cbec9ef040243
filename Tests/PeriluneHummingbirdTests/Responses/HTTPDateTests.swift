import Testing

@testable import PeriluneHummingbird

@Suite struct HTTPDateTests {
    @Test(arguments: [
        "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
    ])
    func everyFormIsRead(text: String) {
        #expect(HTTPDate.time(text) == 784_111_777)
    }

    @Test(arguments: [
        (Int64(0), "Thu, 01 Jan 1970 00:00:00 GMT"), (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
        (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"), (1_700_000_000, "Tue, 14 Nov 2023 22:13:20 GMT"),
        (253_402_300_799, "Fri, 31 Dec 9999 23:59:59 GMT"),
    ])
    func aDateIsItsSecond(time: Int64, text: String) {
        #expect(HTTPDate.time(text) == time)
    }

    @Test(arguments: [
        "", "0", "-1", "Sun, 30 Feb 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 EST",
        "Sun, 06 Now 1994 08:49:37 GMT", "Sun, 006 Nov 99999 08:49:37 GMT", "Sun, +6 Nov 1994 08:49:37 GMT",
        "a b c d e f g",
    ])
    func whatIsNoDateIsNone(text: String) {
        #expect(HTTPDate.time(text) == nil)
    }

    @Test func oneDayFollowsTheOther() {
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        var day = Int64(0)
        for year in 1_970...2_110 {
            let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
            for (month, length) in zip(months, [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]) {
                for number in 1...length {
                    let text = "Xxx, \(number < 10 ? "0" : "")\(number) \(month) \(year) 00:00:01 GMT"
                    #expect(HTTPDate.time(text) == day * 86_400 + 1)
                    day += 1
                }
            }
        }
    }
}
