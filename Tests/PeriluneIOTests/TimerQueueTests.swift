import PeriluneCore
import PeriluneIO
import PeriluneTestSupport
import Testing

@Suite("Timer queue")
struct TimerQueueTests {
    @Test("Timers come in the order of their deadlines, equals in the order they were added")
    func order() {
        var queue = TimerQueue<String>()
        _ = queue.add(at: 20, "c")
        _ = queue.add(at: 10, "a")
        _ = queue.add(at: 10, "b")
        #expect(queue.nextDeadline == 10)
        #expect(queue.popDue(at: 9) == nil)
        #expect(queue.popDue(at: 10) == "a")
        #expect(queue.popDue(at: 10) == "b")
        #expect(queue.popDue(at: 19) == nil)
        #expect(queue.popDue(at: 99) == "c")
        #expect(queue.isEmpty)
        #expect(queue.nextDeadline == nil)
    }

    @Test("A cancelled timer neither fires nor wakes anybody")
    func cancel() {
        var queue = TimerQueue<Int>()
        let first = queue.add(at: 1, 1)
        let second = queue.add(at: 2, 2)
        let third = queue.add(at: 3, 3)
        queue.cancel(second)
        queue.cancel(first)
        #expect(queue.nextDeadline == 3)
        #expect(queue.popDue(at: 9) == 3)
        queue.cancel(third)
        #expect(queue.isEmpty)
    }

    @Test("A random queue agrees with a sorted list", arguments: 0..<10)
    func model(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var queue = TimerQueue<Int>()
        var model: [(deadline: UInt64, number: Int, token: TimerQueue<Int>.Token)] = []
        for number in 0..<500 {
            let deadline = UInt64.random(in: 0..<100, using: &random)
            model.append((deadline, number, queue.add(at: deadline, number)))
            if Bool.random(using: &random) {
                let victim = model.remove(at: Int.random(in: 0..<model.count, using: &random))
                queue.cancel(victim.token)
            }
        }
        let expected = model.sorted { ($0.deadline, $0.number) < ($1.deadline, $1.number) }.map(\.number)
        var popped: [Int] = []
        while let number = queue.popDue(at: 100) { popped.append(number) }
        #expect(popped == expected, "seed \(seed)")
    }
}
