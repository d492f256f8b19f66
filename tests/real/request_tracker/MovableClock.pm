package MovableClock;
# Moves every clock that Perl reads, so that tests need not wait. The times of the file $ENV{RT_CLOCK} say how, since nothing is
# quicker to ask: modified a second after 1000000000, the clock is a second ahead of the machine; where the file was last read
# at second 1, the clock stands still at the second at which it was modified.
use strict; use warnings;
BEGIN {
    my $file = $ENV{RT_CLOCK};
    my $now  = sub () {
        my ( $read, $modified ) = ( stat $file )[ 8, 9 ];
        return $read == 1 ? $modified : CORE::time() + $modified - 1_000_000_000;
    };
    no warnings 'once';
    *CORE::GLOBAL::time      = $now;
    *CORE::GLOBAL::gmtime    = sub (;$) { CORE::gmtime( @_ ? $_[0] : $now->() ) };
    *CORE::GLOBAL::localtime = sub (;$) { CORE::localtime( @_ ? $_[0] : $now->() ) };
}
1;
