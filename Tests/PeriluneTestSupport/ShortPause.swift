/// Lets others work before a condition is looked at again.
package func shortPause() async {
    try? await Task.sleep(for: .milliseconds(2))
}
