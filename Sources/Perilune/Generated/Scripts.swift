enum Scripts {
    enum Ratelimit {}
}
