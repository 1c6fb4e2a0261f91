"""What each tab decides, without a toolkit: tested without a screen."""
