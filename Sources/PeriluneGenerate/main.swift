// What the package's plugins run: `perilune generate` without the rest of the command line, and so without what that
// depends on.

import Foundation
import PeriluneBindings

private func fail(_ lines: [String], status: Int32) -> Never {
    FileHandle.standardError.write(Data(lines.map { $0 + "\n" }.joined().utf8))
    exit(status)
}

do throws(GenerationError) {
    guard let generation = try GenerateArguments.parse(CommandLine.arguments.dropFirst()) else {
        print(GenerateArguments.help)
        exit(0)
    }
    for line in try generation.run() { print(line) }
} catch {
    fail(error.lines(for: "generate-scripts"), status: error.status)
}
